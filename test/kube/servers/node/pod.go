package main

import (
	"context"
	"fmt"
	"log"
	"path/filepath"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// firstBackoff doubles with each restart, as a kubelet's does, up to maxBackoff.
const (
	firstBackoff = 10 * time.Second
	maxBackoff   = 5 * time.Minute
)

// pod is one pod, with one container. Its goroutine is live.
type pod struct {
	node   *node
	object *corev1.Pod // as it came to the node
	ip     string      // in the API
	local  string      // where it listens
	dir    string
	ended  chan time.Duration // how long it may take; buffered

	mu       sync.Mutex
	status   containerState
	log      *logFile // of the running or last container
	previous *logFile
}

func newPod(n *node, p *corev1.Pod, number int) *pod {
	return &pod{
		node: n, object: p.DeepCopy(), ended: make(chan time.Duration, 1),
		ip:    fmt.Sprintf("10.244.%d.%d", number/250, number%250+1),
		local: fmt.Sprintf("127.244.%d.%d", number/250, number%250+1),
		dir:   filepath.Join(n.options.dir, p.Namespace, p.Name+"-"+string(p.UID)),
	}
}

func (p *pod) container() *corev1.Container { return &p.object.Spec.Containers[0] }

// end asks for the pod's end; the first one to ask says how long it may take.
func (p *pod) end(grace time.Duration) {
	select {
	case p.ended <- grace:
	default:
	}
}

// live runs the pod's container, again and again where the pod wants that, until
// the pod is deleted or ctx ends.
func (p *pod) live(ctx context.Context) {
	defer p.remove(ctx)
	if !p.prepare(ctx) {
		return
	}
	for restarts := 0; ; restarts++ {
		c, err := p.start(restarts)
		if err != nil {
			log.Printf("starting %s: %v", p.object.Name, err)
			return
		}
		if !p.await(ctx, c) {
			return
		}
		if p.object.Spec.RestartPolicy != corev1.RestartPolicyAlways {
			p.wait(ctx, 0)
			return
		}
		p.set(ctx, func(s *containerState) { s.backOff() })
		if !p.wait(ctx, min(firstBackoff<<min(restarts, 10), maxBackoff)) {
			return
		}
	}
}

// prepare makes the pod's files, once everything that it mounts is there. False
// means that it was deleted before.
func (p *pod) prepare(ctx context.Context) bool {
	for {
		err := p.mount(ctx)
		if err == nil {
			return true
		}
		p.set(ctx, func(s *containerState) { s.wait("ContainerCreating", err.Error()) })
		if !p.wait(ctx, time.Second) {
			return false
		}
	}
}

// wait takes a time, or for ever when it is 0; false means that the pod is to end.
func (p *pod) wait(ctx context.Context, limit time.Duration) bool {
	var timer <-chan time.Time
	if limit > 0 {
		timer = time.After(limit)
	}
	select {
	case <-ctx.Done():
		return false
	case <-p.ended:
		return false
	case <-timer:
		return true
	}
}

// await watches a running container; false means that the pod is at its end, and
// the container has ended.
func (p *pod) await(ctx context.Context, c *process) bool {
	probing, stop := context.WithCancel(ctx)
	var probes sync.WaitGroup
	probes.Go(func() { p.probe(probing, c) })
	defer probes.Wait()
	defer stop()
	p.set(ctx, func(s *containerState) { s.run() })
	select {
	case <-c.done:
		last := p.object.Spec.RestartPolicy != corev1.RestartPolicyAlways
		p.set(ctx, func(s *containerState) { s.end(c.code, last) })
		return true
	case grace := <-p.ended:
		c.terminate(grace)
		p.set(ctx, func(s *containerState) { s.end(c.code, true) })
	case <-ctx.Done():
		c.terminate(0)
	}
	return false
}

// remove tells the API that nothing of a deleted pod is left.
func (p *pod) remove(ctx context.Context) {
	if ctx.Err() != nil {
		return
	}
	now := int64(0)
	err := p.node.client.CoreV1().Pods(p.object.Namespace).Delete(ctx, p.object.Name,
		metav1.DeleteOptions{GracePeriodSeconds: &now, Preconditions: &metav1.Preconditions{UID: &p.object.UID}})
	if err != nil {
		log.Printf("removing %s: %v", p.object.Name, err)
	}
}
