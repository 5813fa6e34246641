package main

import (
	"context"
	"fmt"
	"log"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// probe asks the container for its health until ctx ends: first whether it has
// started, then whether it lives and is ready.
func (p *pod) probe(ctx context.Context, c *process) {
	spec := p.container()
	if spec.StartupProbe != nil && !p.hasStarted(ctx, spec.StartupProbe, c) {
		return
	}
	p.set(ctx, func(s *containerState) {
		s.started = true
		if spec.ReadinessProbe == nil {
			s.setReady(true)
		}
	})
	var both sync.WaitGroup
	both.Go(func() {
		p.watch(ctx, spec.ReadinessProbe, func(ok bool) bool {
			p.set(ctx, func(s *containerState) { s.setReady(ok) })
			return true
		})
	})
	both.Go(func() {
		p.watch(ctx, spec.LivenessProbe, func(ok bool) bool { return ok || p.kill(c, "lives no more") })
	})
	both.Wait()
}

func (p *pod) hasStarted(ctx context.Context, probe *corev1.Probe, c *process) bool {
	started := false
	p.watch(ctx, probe, func(ok bool) bool {
		started = ok
		return !ok && !p.kill(c, "did not start")
	})
	return started
}

// kill ends a container that a probe gave up; it is restarted as if it had ended
// by itself. It gives false, for whoever asks whether to go on.
func (p *pod) kill(c *process, why string) bool {
	log.Printf("%s %s", p.object.Name, why)
	c.terminate(time.Duration(*p.object.Spec.TerminationGracePeriodSeconds) * time.Second)
	return false
}

// watch calls changed whenever the probe's answer changes, after as many equal
// answers as it asks for, until that returns false or ctx ends.
func (p *pod) watch(ctx context.Context, probe *corev1.Probe, changed func(bool) bool) {
	if probe == nil {
		return
	}
	tick := time.NewTicker(time.Duration(probe.PeriodSeconds) * time.Second)
	defer tick.Stop()
	told, last, run := false, false, int32(0)
	for known := false; ; {
		ok := p.ask(ctx, probe)
		if run++; ok != last {
			run = 1
		}
		last = ok
		enough := probe.FailureThreshold
		if ok {
			enough = probe.SuccessThreshold
		}
		if run >= enough && (!known || ok != told) {
			if told, known = ok, true; ctx.Err() != nil || !changed(ok) {
				return
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// ask is one question over HTTP.
func (p *pod) ask(ctx context.Context, probe *corev1.Probe) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(probe.TimeoutSeconds)*time.Second)
	defer cancel()
	url := "http://" + net.JoinHostPort(p.local, strconv.Itoa(p.port(probe.HTTPGet.Port))) + probe.HTTPGet.Path
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		log.Printf("%s: %v", p.object.Name, err)
		return false
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	defer response.Body.Close()
	return response.StatusCode < http.StatusBadRequest
}

func (p *pod) port(of intstr.IntOrString) int {
	if of.Type == intstr.Int {
		return of.IntValue()
	}
	for _, port := range p.container().Ports {
		if port.Name == of.StrVal {
			return int(port.ContainerPort)
		}
	}
	panic(fmt.Sprintf("%s has no port %s", p.object.Name, of.StrVal))
}
