package stack

import (
	"context"
	"fmt"
	"os"
	"time"
)

const (
	pollEvery  = 150 * time.Millisecond
	speakEvery = 5 * time.Second
	// probeTimeout bounds one question to a server.
	probeTimeout = 5 * time.Second
	// tailBytes is how much of a log's end is read for an error message.
	tailBytes = 16 << 10
)

// awaitReady waits until the server answers, its process ends, or time is up.
func (p *Process) awaitReady(ctx context.Context, run *run) error {
	ctx, cancel := context.WithTimeoutCause(ctx, p.timeout,
		fmt.Errorf("no answer within %s", seconds(p.timeout)))
	defer cancel()
	started := time.Now()
	poll := time.NewTicker(pollEvery)
	defer poll.Stop()
	speak := time.NewTicker(speakEvery)
	defer speak.Stop()
	var lastAnswer error
	for {
		select {
		case <-run.done:
			return fmt.Errorf("%s ended while starting: %w\n%s", p.Name, exitOf(run), p.tail())
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s at %s: %w (last answer: %v)\n%s",
				p.Name, p.Addr, context.Cause(ctx), lastAnswer, p.tail()) //nolint:errorlint // a detail beside the cause
		case <-speak.C:
			p.say(fmt.Sprintf("waiting for %s at %s, %s", p.Name, p.Addr, seconds(time.Since(started))))
		case <-poll.C:
			if lastAnswer = p.probe(ctx); lastAnswer == nil {
				p.say(fmt.Sprintf("%s answers at %s after %s", p.Name, p.Addr, seconds(time.Since(started))))
				return nil
			}
		}
	}
}

func (p *Process) probe(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	return p.ready(ctx)
}

// tail returns the end of the log and where to read more.
func (p *Process) tail() string {
	return fmt.Sprintf("The last lines of %s:\n%s", p.log, tailFile(p.log, 20))
}

func exitOf(run *run) error {
	if run.err != nil {
		return run.err
	}
	return fmt.Errorf("exit status 0")
}

// tailFile returns at most n lines from the end of a file.
func tailFile(path string, n int) string {
	file, err := os.Open(path)
	if err != nil {
		return err.Error()
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err.Error()
	}
	text := make([]byte, min(info.Size(), tailBytes))
	read, _ := file.ReadAt(text, info.Size()-int64(len(text)))
	return lastLines(string(text[:read]), n)
}

// seconds writes a duration as people read it: 4.2 s.
func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }

// poll asks until there is no error or time is up.
func poll(ctx context.Context, timeout time.Duration, ask func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		err := ask(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w (last answer: %w)", ctx.Err(), err)
		case <-tick.C:
		}
	}
}
