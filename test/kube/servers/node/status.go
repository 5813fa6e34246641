package main

import (
	"context"
	"encoding/json"
	"log"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// containerState is what a pod's status says of its one container.
type containerState struct {
	now, last       corev1.ContainerState
	phase           corev1.PodPhase
	started, ready  bool
	readySince      metav1.Time // of the last change of ready
	restarts        int32
	created, begins metav1.Time
}

func (s *containerState) wait(reason, message string) {
	s.phase = corev1.PodPending
	s.now = corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message}}
}

func (s *containerState) run() {
	s.phase, s.begins = corev1.PodRunning, metav1.Now()
	s.now = corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: s.begins}}
}

// end is the container's, and the pod's where it is the last.
func (s *containerState) end(code int, last bool) {
	reason, phase := "Completed", corev1.PodSucceeded
	if code != 0 {
		reason, phase = "Error", corev1.PodFailed
	}
	if last {
		s.phase = phase
	}
	s.started = false
	s.setReady(false)
	s.now = corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
		ExitCode: int32(code), Reason: reason, StartedAt: s.begins, FinishedAt: metav1.Now()}}
}

// backOff is between the end of a container and its next start.
func (s *containerState) backOff() {
	s.restarts++
	s.last = s.now
	s.now = corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff"}}
}

func (s *containerState) setReady(ready bool) {
	if s.ready != ready || s.readySince.IsZero() {
		s.ready, s.readySince = ready, metav1.Now()
	}
}

// set changes the state and tells the API.
func (p *pod) set(ctx context.Context, change func(*containerState)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.status.created.IsZero() {
		p.status.created = metav1.Now()
		p.status.setReady(false)
	}
	change(&p.status)
	patch, err := json.Marshal(map[string]any{"status": p.podStatus()})
	if err != nil {
		log.Fatal(err) // a struct of the API's own
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	_, err = p.node.client.CoreV1().Pods(p.object.Namespace).Patch(ctx, p.object.Name, types.MergePatchType, patch, metav1.PatchOptions{}, "status")
	if err != nil {
		log.Printf("the status of %s: %v", p.object.Name, err)
	}
}

func (p *pod) podStatus() corev1.PodStatus {
	s := &p.status
	condition := func(kind corev1.PodConditionType, ok bool, since metav1.Time) corev1.PodCondition {
		status := corev1.ConditionFalse
		if ok {
			status = corev1.ConditionTrue
		}
		return corev1.PodCondition{Type: kind, Status: status, LastTransitionTime: since}
	}
	return corev1.PodStatus{
		Phase: s.phase, HostIP: "127.0.0.1", PodIP: p.ip, PodIPs: []corev1.PodIP{{IP: p.ip}}, StartTime: &s.created,
		Conditions: []corev1.PodCondition{
			condition(corev1.PodScheduled, true, s.created), condition(corev1.PodInitialized, true, s.created),
			condition(corev1.ContainersReady, s.ready, s.readySince), condition(corev1.PodReady, s.ready, s.readySince),
		},
		ContainerStatuses: []corev1.ContainerStatus{{
			Name: p.container().Name, Image: p.container().Image, State: s.now, LastTerminationState: s.last,
			Ready: s.ready, Started: &s.started, RestartCount: s.restarts,
		}},
	}
}
