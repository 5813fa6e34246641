//go:build kube

package kube

import (
	"fmt"
	"net"
	"os"
)

func (c *Cluster) etcdArgs(client string) []string {
	return []string{
		"--data-dir", c.file("etcd"), "--unsafe-no-fsync",
		"--listen-client-urls", "http://" + client, "--advertise-client-urls", "http://" + client,
		"--listen-peer-urls", "http://127.0.0.1:0",
	}
}

func (c *Cluster) apiArgs(etcd, api string) []string {
	host, port, _ := net.SplitHostPort(api) // we made it
	return []string{
		"--etcd-servers", "http://" + etcd, "--bind-address", host, "--secure-port", port, "--endpoint-reconciler-type", "none",
		"--tls-cert-file", c.file("server.crt"), "--tls-private-key-file", c.file("server.key"), "--client-ca-file", c.file("ca.crt"),
		"--token-auth-file", c.file("tokens.csv"), "--authorization-mode", "RBAC", "--service-cluster-ip-range", "10.0.0.0/24",
		"--service-account-issuer", "https://kubernetes.default.svc", "--service-account-key-file", c.file("server.crt"),
		"--service-account-signing-key-file", c.file("server.key"), "--kubelet-preferred-address-types", "InternalIP",
		"--kubelet-client-certificate", c.file("server.crt"), "--kubelet-client-key", c.file("server.key"),
	}
}

// controllerArgs leave out who judges nodes by their heartbeats: ours has none.
func (c *Cluster) controllerArgs() []string {
	return []string{
		"--kubeconfig", c.Kubeconfig, "--leader-elect=false", "--secure-port", "0", "--controllers", "*,-node-lifecycle-controller",
		"--service-account-private-key-file", c.file("server.key"), "--root-ca-file", c.file("ca.crt"),
	}
}

func (c *Cluster) nodeArgs() []string {
	args := []string{
		"-kubeconfig", c.Kubeconfig, "-cert", c.file("server.crt"), "-key", c.file("server.key"), "-ca", c.file("ca.crt"),
		"-dir", c.file("pods"), "-binary", c.options.Image,
	}
	for _, variable := range c.options.Env {
		args = append(args, "-env", variable)
	}
	return args
}

// writeAccess writes who the administrator is, for the API server and for clients.
func (c *Cluster) writeAccess(api string) error {
	if err := os.WriteFile(c.file("tokens.csv"), []byte(token+`,admin,1,"system:masters"`+"\n"), 0o600); err != nil {
		return err
	}
	return os.WriteFile(c.Kubeconfig, fmt.Appendf(nil, `apiVersion: v1
kind: Config
clusters:
  - name: test
    cluster: {server: "https://%s", certificate-authority: %q}
users:
  - name: admin
    user: {token: %s}
contexts:
  - name: test
    context: {cluster: test, user: admin}
current-context: test
`, api, c.file("ca.crt"), token), 0o600)
}
