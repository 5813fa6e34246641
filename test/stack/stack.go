package stack

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
)

// Stack is a set of running servers. Start makes it.
type Stack struct {
	// Dir holds the data and the logs.
	Dir string
	// Kafka are the brokers, Cassandra the nodes, in order. Registry is nil
	// when none was asked for.
	Kafka     []*Process
	Cassandra []*Process
	Registry  *Process
	// Security says how to connect to the secured listeners; nil without
	// Options.Secure.
	Security *Security

	options   Options
	java      string
	library   library
	folder    *folder
	ports     portBook
	spawner   *spawner
	say       func(string)
	fronts    []Front
	formats   []func(context.Context) error // one for each broker, before its first start
	access    cassandraAccess
	proxies   []*http.Server
	proxyWork sync.WaitGroup
	failed    chan error
	uncancel  func() bool
	stopOnce  sync.Once
	started   time.Time
	stateMu   sync.Mutex // one writer of the state file at a time
	others    []*Process // see Launch
	othersMu  sync.Mutex
}

// Start starts the servers that options ask for and returns when each answers.
// The stack lives until Stop, the end of ctx, or the end of this process,
// whichever comes first. The error says what to do, or holds the end of the log
// of the server that did not come up; the logs are kept then.
func Start(ctx context.Context, options Options) (*Stack, error) {
	if runtime.GOOS != "linux" {
		return nil, errors.New("the local stack runs on Linux only: elsewhere its servers could outlive it")
	}
	if err := options.finish(); err != nil {
		return nil, err
	}
	say := oneAtATime(options.Progress)
	java, err := findJava(ctx)
	if err != nil {
		return nil, err
	}
	home, err := findHome()
	if err != nil {
		return nil, err
	}
	folder, err := openFolder(ctx, home, options)
	if err != nil {
		return nil, err
	}
	s := &Stack{
		Dir: folder.dir, options: options, java: java, folder: folder, say: say,
		library: library{dir: home.lib(), say: say},
		ports:   portBook{dir: home.ports()},
		spawner: newSpawner(),
		failed:  make(chan error, 1),
		started: time.Now(),
	}
	if err := s.start(ctx); err != nil {
		s.folder.keepLogs = ctx.Err() == nil
		s.end()
		if ctx.Err() != nil {
			return nil, fmt.Errorf("interrupted while starting the local stack: %w", context.Cause(ctx))
		}
		return nil, err
	}
	s.uncancel = context.AfterFunc(ctx, s.end)
	return s, nil
}

// start prepares all servers before it starts any, so that ports and downloads
// fail early, and then starts the three kinds side by side.
func (s *Stack) start(ctx context.Context) error {
	prepare := []func(context.Context) error{s.prepareSecurity, s.prepareKafka, s.prepareCassandra, s.prepareRegistry}
	for _, step := range prepare {
		if err := step(ctx); err != nil {
			return err
		}
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.startKafka(ctx) })
	group.Go(func() error { return s.startCassandra(ctx) })
	group.Go(func() error { return s.startRegistry(ctx) })
	if err := group.Wait(); err != nil {
		return fmt.Errorf("starting the local stack: %w", err)
	}
	return s.writeState()
}

// Stop ends all servers and removes the stack's folder, unless Options.Keep or
// KeepLogs say otherwise. It may be called more than once and from any
// goroutine; each call returns when all is down.
func (s *Stack) Stop() {
	s.uncancel()
	s.end()
}

// end is what the end of the context calls; whoever comes second waits.
func (s *Stack) end() { s.stopOnce.Do(s.stop) }

func (s *Stack) stop() {
	signal := syscall.SIGKILL // the data is thrown away: nothing to save
	if s.options.Keep {
		signal = syscall.SIGTERM
	}
	var work sync.WaitGroup
	faults := make([]error, len(s.processes()))
	for i, p := range s.processes() {
		work.Go(func() { faults[i] = p.close(signal) })
	}
	work.Wait()
	s.stopProxies()
	s.spawner.close()
	s.ports.release()
	faults = append(faults, s.folder.close())
	if err := errors.Join(faults...); err != nil {
		s.say(fmt.Sprintf("stopping the local stack: %v", err))
	}
}

// KeepLogs makes Stop leave the logs in Dir, for instance after a failed test.
// It must not be called at the same time as Stop.
func (s *Stack) KeepLogs() { s.folder.keepLogs = true }

// Failed receives an error when a server ends by itself, not through its Process.
func (s *Stack) Failed() <-chan error { return s.failed }

// processes are all servers that have been prepared.
func (s *Stack) processes() []*Process {
	all := append(append([]*Process{}, s.Kafka...), s.Cassandra...)
	if s.Registry != nil {
		all = append(all, s.Registry)
	}
	s.othersMu.Lock()
	defer s.othersMu.Unlock()
	return append(all, s.others...)
}

// newProcess fills in what all servers have in common.
func (s *Stack) newProcess(name, addr string, argv []string, ready func(context.Context) error) *Process {
	return &Process{
		Name: name, Addr: addr, argv: argv, ready: ready,
		log: s.folder.log(name), spawner: s.spawner, timeout: s.options.StartTimeout, say: s.say,
		changed: func() {
			if err := s.writeState(); err != nil {
				s.say(err.Error())
			}
		},
		died: s.noteDeath,
	}
}

func (s *Stack) noteDeath(p *Process) {
	select {
	case s.failed <- fmt.Errorf("%s ended by itself; its log is %s", p.Name, p.log):
	default: // the first one is the one to look at
	}
}

// javaArgs are the launcher and the flags that all servers share. Temporary
// files go to the stack's folder, so that they vanish with it.
func (s *Stack) javaArgs(dir, heap string) []string {
	return []string{
		s.java, "-Xms" + heap, "-Xmx" + heap, "-XX:-UsePerfData", "-XX:+ExitOnOutOfMemoryError",
		"-Djava.io.tmpdir=" + dir, "-Djava.net.preferIPv4Stack=true",
	}
}

// oneAtATime lets goroutines speak one after another; progress may be nil.
func oneAtATime(progress func(string)) func(string) {
	var mu sync.Mutex
	progress = quietUnless(progress)
	return func(line string) {
		mu.Lock()
		defer mu.Unlock()
		progress(line)
	}
}

func quietUnless(progress func(string)) func(string) {
	if progress == nil {
		return func(string) {}
	}
	return progress
}

// makeDir makes a server's own folder.
func makeDir(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("making a server's folder: %w", err)
	}
	return nil
}
