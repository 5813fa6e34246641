package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// root stands for the container's root folder.
func (p *pod) root() string { return filepath.Join(p.dir, "root") }

// mount writes the files of the ConfigMaps and Secrets that the container mounts.
func (p *pod) mount(ctx context.Context) error {
	for _, m := range p.container().VolumeMounts {
		for _, v := range p.object.Spec.Volumes {
			if v.Name != m.Name {
				continue
			}
			files, err := p.files(ctx, &v)
			if err != nil {
				return fmt.Errorf("volume %s: %w", v.Name, err)
			}
			dir := filepath.Join(p.root(), m.MountPath)
			if err := writeFiles(dir, files); err != nil {
				return err
			}
		}
	}
	return nil
}

func writeFiles(dir string, files map[string][]byte) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// files are a volume's, by name.
func (p *pod) files(ctx context.Context, v *corev1.Volume) (map[string][]byte, error) {
	core := p.node.client.CoreV1()
	var (
		all   = map[string][]byte{}
		items []corev1.KeyToPath
	)
	switch {
	case v.ConfigMap != nil:
		source, err := core.ConfigMaps(p.object.Namespace).Get(ctx, v.ConfigMap.Name, metav1.GetOptions{})
		if err != nil {
			return nil, err
		}
		for key, text := range source.Data {
			all[key] = []byte(text)
		}
		items = v.ConfigMap.Items
	case v.Secret != nil:
		source, err := core.Secrets(p.object.Namespace).Get(ctx, v.Secret.SecretName, metav1.GetOptions{})
		if err != nil {
			return nil, err
		}
		all, items = source.Data, v.Secret.Items
	}
	return choose(all, items)
}

// choose gives the keys that a volume names, or all when it names none.
func choose(all map[string][]byte, items []corev1.KeyToPath) (map[string][]byte, error) {
	if items == nil {
		return all, nil
	}
	chosen := map[string][]byte{}
	for _, item := range items {
		content, ok := all[item.Key]
		if !ok {
			return nil, fmt.Errorf("there is no key %s", item.Key)
		}
		chosen[item.Path] = content
	}
	return chosen, nil
}

// environ is the container's environment, on this machine: paths of mounts and
// addresses to listen on are the pod's own, servers those that the node was told.
func (p *pod) environ() ([]string, error) {
	var out []string
	seen := map[string]string{}
	for _, e := range p.container().Env {
		value := e.Value
		if e.ValueFrom != nil {
			var err error
			if value, err = p.lookUp(e.ValueFrom); err != nil {
				return nil, fmt.Errorf("%s: %w", e.Name, err)
			}
		}
		value = os.Expand(strings.ReplaceAll(strings.ReplaceAll(value, "$(", "${"), ")", "}"), func(name string) string { return seen[name] })
		if local, ok := p.node.options.env[e.Name]; ok {
			value = local
		}
		if strings.HasSuffix(e.Name, "_ADDR") {
			value = p.local + value[strings.LastIndexByte(value, ':'):]
		}
		for _, m := range p.container().VolumeMounts {
			if strings.HasPrefix(value, m.MountPath+"/") {
				value = filepath.Join(p.root(), value)
			}
		}
		seen[e.Name] = value
		out = append(out, e.Name+"="+value)
	}
	return out, nil
}

func (p *pod) lookUp(from *corev1.EnvVarSource) (string, error) {
	switch {
	case from.SecretKeyRef != nil:
		source, err := p.node.client.CoreV1().Secrets(p.object.Namespace).Get(context.Background(), from.SecretKeyRef.Name, metav1.GetOptions{})
		if err != nil {
			return "", err
		}
		return string(source.Data[from.SecretKeyRef.Key]), nil
	case from.FieldRef != nil && from.FieldRef.FieldPath == "metadata.name":
		return p.object.Name, nil
	case from.FieldRef != nil && from.FieldRef.FieldPath == "metadata.namespace":
		return p.object.Namespace, nil
	}
	return "", fmt.Errorf("this node does not know such a source")
}
