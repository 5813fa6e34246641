package main

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os/exec"
	"strconv"
	"time"

	"k8s.io/cri-streaming/pkg/streaming/portforward"
	"k8s.io/cri-streaming/pkg/streaming/remotecommand"
	utilexec "k8s.io/utils/exec"
)

const idle = time.Hour

// routes are those of a kubelet that kubectl needs.
func (n *node) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /containerLogs/{namespace}/{pod}/{container}", n.serveLogs)
	mux.HandleFunc("/exec/{namespace}/{pod}/{container}", n.serveExec)
	mux.HandleFunc("/portForward/{namespace}/{pod}", n.servePortForward)
	return mux
}

func (n *node) serveLogs(w http.ResponseWriter, r *http.Request) {
	p := n.find(r.PathValue("namespace") + "/" + r.PathValue("pod"))
	if p == nil {
		http.NotFound(w, r)
		return
	}
	query := r.URL.Query()
	p.mu.Lock()
	file := p.log
	if query.Get("previous") == "true" {
		file = p.previous
	}
	p.mu.Unlock()
	if file == nil {
		http.Error(w, "there is no such container yet", http.StatusBadRequest)
		return
	}
	request := logRequest{follow: query.Get("follow") == "true", timestamps: query.Get("timestamps") == "true", tail: -1}
	if lines, err := strconv.Atoi(query.Get("tailLines")); err == nil {
		request.tail = lines
	}
	if seconds, err := strconv.Atoi(query.Get("sinceSeconds")); err == nil {
		request.since = time.Now().Add(-time.Duration(seconds) * time.Second)
	}
	_ = file.write(r.Context(), flusher{w}, request) // who asked has gone
}

// flusher hands a log over line by line.
type flusher struct{ http.ResponseWriter }

func (f flusher) Write(text []byte) (int, error) {
	count, err := f.ResponseWriter.Write(text)
	return count, errors.Join(err, http.NewResponseController(f.ResponseWriter).Flush())
}

func (n *node) serveExec(w http.ResponseWriter, r *http.Request) {
	options, err := remotecommand.NewOptions(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	remotecommand.ServeExec(w, r, n, r.PathValue("namespace")+"/"+r.PathValue("pod"), "", r.PathValue("container"), r.URL.Query()["command"],
		options, idle, remotecommand.DefaultStreamCreationTimeout, remotecommand.SupportedStreamingProtocols)
}

// ExecInContainer runs the image's only program.
func (n *node) ExecInContainer(ctx context.Context, name, _, _ string, command []string, in io.Reader, out, errs io.WriteCloser, _ bool,
	_ <-chan remotecommand.TerminalSize, _ time.Duration) error {
	p := n.find(name)
	if p == nil {
		return errors.New("there is no such pod")
	}
	if command[0] != "/ingest" {
		return utilexec.CodeExitError{Err: errors.New("no such program in the image: " + command[0]), Code: 127}
	}
	env, err := p.environ()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, n.options.binary, command[1:]...)
	cmd.Env = env
	cmd.Stdin, cmd.Stdout = in, out
	if cmd.Stderr = errs; errs == nil { // a typed nil would be written to
		cmd.Stderr = out
	}
	err = cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return utilexec.CodeExitError{Err: err, Code: exit.ExitCode()}
	}
	return err
}

func (n *node) servePortForward(w http.ResponseWriter, r *http.Request) {
	options, err := portforward.NewV4Options(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	portforward.ServePortForward(w, r, n, r.PathValue("namespace")+"/"+r.PathValue("pod"), "", options, idle,
		remotecommand.DefaultStreamCreationTimeout, portforward.SupportedProtocols)
}

// PortForward joins a stream with a connection to the pod.
func (n *node) PortForward(ctx context.Context, name, _ string, port int32, stream io.ReadWriteCloser) error {
	p := n.find(name)
	if p == nil {
		return errors.New("there is no such pod")
	}
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(p.local, strconv.Itoa(int(port))))
	if err != nil {
		return err
	}
	defer conn.Close()
	go func() {
		_, _ = io.Copy(conn, stream)
		conn.Close()
	}()
	_, err = io.Copy(stream, conn)
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
