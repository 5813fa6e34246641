// Command node stands in for a kubelet, a container engine and a scheduler, so
// that an API server alone on a machine without containers has pods that run.
//
// It is a node of the cluster, takes every pod, and runs its first container as a
// process of the one binary that it is given: with the container's arguments and
// environment, its ConfigMaps and Secrets as files, an address of its own within
// 127.0.0.0/8, its probes, restarts and its time to end. It serves logs, exec and
// port-forward as a kubelet does. Images, limits, users and other containers of a
// pod it does not know.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		log.Fatal(err)
	}
}

// options are the command line.
type options struct {
	kubeconfig, listen, cert, key, ca, dir, binary string
	env                                            environment
}

// environment is what a variable of a container becomes where it is set: the
// names of servers that the values give are those of the machine's own servers.
type environment map[string]string

func (e environment) String() string { return fmt.Sprint(len(e)) }

// Set takes NAME=VALUE.
func (e environment) Set(text string) error {
	name, value, ok := strings.Cut(text, "=")
	if !ok {
		return errors.New("want NAME=VALUE")
	}
	e[name] = value
	return nil
}

func readOptions() *options {
	o := &options{env: environment{}}
	flag.StringVar(&o.kubeconfig, "kubeconfig", "", "how to reach the API server")
	flag.StringVar(&o.listen, "listen", "127.0.0.1:0", "address for the API server's requests")
	flag.StringVar(&o.cert, "cert", "", "certificate for them")
	flag.StringVar(&o.key, "key", "", "its key")
	flag.StringVar(&o.ca, "ca", "", "authority that has signed the API server's own certificate")
	flag.StringVar(&o.dir, "dir", "", "folder for the pods' files and logs")
	flag.StringVar(&o.binary, "binary", "", "what every container runs")
	flag.Var(o.env, "env", "NAME=VALUE, repeated: replaces a variable that a container has")
	flag.Parse()
	return o
}

func run(ctx context.Context) error {
	o := readOptions()
	config, err := clientcmd.BuildConfigFromFlags("", o.kubeconfig)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	n := &node{options: o, client: client, pods: map[string]*pod{}, running: &sync.WaitGroup{}}
	listener, err := listen(o)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: n.routes(), ReadHeaderTimeout: 10 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	err = n.work(ctx, listener.Addr().(*net.TCPAddr).Port)
	server.Close()
	if failed := <-served; !errors.Is(failed, http.ErrServerClosed) {
		err = errors.Join(err, failed)
	}
	return err
}

// listen asks for the API server's certificate: who may talk to a kubelet may run
// commands.
func listen(o *options) (net.Listener, error) {
	certificate, err := tls.LoadX509KeyPair(o.cert, o.key)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(o.ca)
	if err != nil {
		return nil, err
	}
	authority := x509.NewCertPool()
	if !authority.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s holds no certificate", o.ca)
	}
	return tls.Listen("tcp", o.listen, &tls.Config{
		Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12,
		ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: authority,
	})
}
