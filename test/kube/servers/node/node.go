package main

import (
	"context"
	"fmt"
	"log"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
)

const nodeName = "node-1"

// node knows the pods that are bound to it.
type node struct {
	options *options
	client  kubernetes.Interface
	running *sync.WaitGroup // the pods' goroutines

	mu    sync.Mutex
	pods  map[string]*pod // by namespace/name
	count int             // of pods so far: the next address
}

// work is a node of the cluster until ctx ends, and takes the pods' processes
// down with it.
func (n *node) work(ctx context.Context, port int) error {
	if err := n.register(ctx, port); err != nil {
		return err
	}
	defer n.running.Wait()
	factory := informers.NewSharedInformerFactory(n.client, time.Minute)
	_, err := factory.Core().V1().Pods().Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(o any) { n.see(ctx, o.(*corev1.Pod)) },
		UpdateFunc: func(_, o any) { n.see(ctx, o.(*corev1.Pod)) },
		DeleteFunc: func(o any) {
			if gone, ok := o.(*corev1.Pod); ok {
				n.forget(gone)
			}
		},
	})
	if err != nil {
		return err
	}
	factory.Start(ctx.Done())
	fmt.Println("ready")
	<-ctx.Done()
	factory.Shutdown()
	return nil
}

func (n *node) register(ctx context.Context, port int) error {
	self := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: nodeName, Labels: map[string]string{"kubernetes.io/os": "linux"}}}
	self, err := n.client.CoreV1().Nodes().Create(ctx, self, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	self.Status = corev1.NodeStatus{
		Addresses:       []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: "127.0.0.1"}},
		DaemonEndpoints: corev1.NodeDaemonEndpoints{KubeletEndpoint: corev1.DaemonEndpoint{Port: int32(port)}},
		Conditions:      []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue, Reason: "Started"}},
	}
	_, err = n.client.CoreV1().Nodes().UpdateStatus(ctx, self, metav1.UpdateOptions{})
	return err
}

// see takes a pod that no node has, runs one that is this node's, and ends one
// that is deleted.
func (n *node) see(ctx context.Context, p *corev1.Pod) {
	switch {
	case p.Spec.NodeName == "" && p.DeletionTimestamp == nil:
		binding := &corev1.Binding{ObjectMeta: metav1.ObjectMeta{Name: p.Name, UID: p.UID}, Target: corev1.ObjectReference{Kind: "Node", Name: nodeName}}
		if err := n.client.CoreV1().Pods(p.Namespace).Bind(ctx, binding, metav1.CreateOptions{}); err != nil {
			log.Printf("binding %s: %v", p.Name, err) // the next resync tries again
		}
	case p.Spec.NodeName == nodeName:
		mine := n.know(ctx, p)
		if p.DeletionTimestamp != nil {
			mine.end(time.Duration(*p.DeletionGracePeriodSeconds) * time.Second)
		}
	}
}

// know gives the pod's own goroutine, new for a new pod.
func (n *node) know(ctx context.Context, p *corev1.Pod) *pod {
	n.mu.Lock()
	defer n.mu.Unlock()
	key := p.Namespace + "/" + p.Name
	if known := n.pods[key]; known != nil && known.object.UID == p.UID {
		return known
	}
	n.count++
	fresh := newPod(n, p, n.count)
	n.pods[key] = fresh
	n.running.Go(func() { fresh.live(ctx) })
	return fresh
}

// forget drops a pod that is gone from the API, by force where it was not ended.
func (n *node) forget(p *corev1.Pod) {
	n.mu.Lock()
	defer n.mu.Unlock()
	key := p.Namespace + "/" + p.Name
	if known := n.pods[key]; known != nil && known.object.UID == p.UID {
		known.end(0)
		delete(n.pods, key)
	}
}

// find gives a pod by namespace/name, nil when it is not here.
func (n *node) find(key string) *pod {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.pods[key]
}
