//go:build kube

package kube

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"
)

// token is the administrator's; whoever may read the cluster's folder has it.
const token = "administrator-of-a-cluster-on-loopback"

// Options say what the cluster is for.
type Options struct {
	// Bin is the folder of what `make kube-deps` builds.
	Bin string
	// Dir is for everything that the cluster writes. It is made, and not removed.
	Dir string
	// Image is the program that every container runs.
	Image string
	// Env replaces variables of containers, as NAME=VALUE: the addresses of servers.
	Env []string
}

// Cluster is a control plane with one node.
type Cluster struct {
	// Kubeconfig is the file with which kubectl and helm reach it.
	Kubeconfig string

	options Options
	servers []*server // in the order in which they were started
}

// Start starts a cluster and waits until it takes pods. Stop ends it.
func Start(ctx context.Context, options Options) (*Cluster, error) {
	c := &Cluster{options: options, Kubeconfig: filepath.Join(options.Dir, "kubeconfig")}
	if err := c.start(ctx); err != nil {
		c.Stop()
		return nil, err
	}
	return c, nil
}

// Stop ends what was started, the last one first.
func (c *Cluster) Stop() {
	for i := len(c.servers) - 1; i >= 0; i-- {
		c.servers[i].stop()
	}
}

func (c *Cluster) start(ctx context.Context) error {
	if _, err := os.Stat(filepath.Join(c.options.Bin, "kube-apiserver")); err != nil {
		return fmt.Errorf("%w: run make kube-deps", err)
	}
	if err := os.MkdirAll(c.options.Dir, 0o700); err != nil {
		return err
	}
	if err := c.writeCertificates(); err != nil {
		return fmt.Errorf("making certificates: %w", err)
	}
	etcd, api, err := freePorts()
	if err != nil {
		return err
	}
	if err := c.writeAccess(api); err != nil {
		return err
	}
	for _, one := range []struct {
		name  string
		args  []string
		ready func() error
	}{
		{"etcd", c.etcdArgs(etcd), func() error { return answers("http://"+etcd+"/readyz", "") }},
		{"kube-apiserver", c.apiArgs(etcd, api), func() error { return answers("https://"+api+"/readyz", token) }},
		{"kube-controller-manager", c.controllerArgs(), nil},
		{"node", c.nodeArgs(), func() error { return answers("https://"+api+"/api/v1/nodes/node-1", token) }},
	} {
		if err := c.launch(ctx, one.name, one.args, one.ready); err != nil {
			return fmt.Errorf("%s: %w", one.name, err)
		}
	}
	return nil
}

// launch starts a server and waits until it is ready, two minutes at most.
func (c *Cluster) launch(ctx context.Context, name string, args []string, ready func() error) error {
	s, err := launch(filepath.Join(c.options.Bin, name), args, c.file(name+".log"))
	if err != nil {
		return err
	}
	c.servers = append(c.servers, s)
	if ready == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		err := ready()
		if err == nil {
			return nil
		}
		select {
		case <-s.ended:
			return fmt.Errorf("it has ended: %s", s.tail())
		case <-ctx.Done():
			return errors.Join(err, fmt.Errorf("not ready in time: %s", s.tail()))
		case <-tick.C:
		}
	}
}

func (c *Cluster) file(name string) string { return filepath.Join(c.options.Dir, name) }

// freePorts gives two addresses on loopback that nobody listens on.
func freePorts() (string, string, error) {
	var out [2]string
	for i := range out {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return "", "", err
		}
		defer l.Close() // both are held until both are known
		out[i] = l.Addr().String()
	}
	return out[0], out[1], nil
}
