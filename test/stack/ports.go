package stack

import (
	"fmt"
	"math/rand/v2"
	"net"
	"path/filepath"
	"strconv"
)

// Free ports are looked for below the range from which Linux takes the ports of
// outgoing connections (net.ipv4.ip_local_port_range starts at 32768): while a
// crash test has a server down, no connection can take its port.
const (
	firstPort = 20000
	lastPort  = 32000
)

// portBook hands out ports and holds a lock on each, so that two stacks which
// start at the same time never agree on one.
type portBook struct {
	dir   string
	locks []*fileLock
}

// free returns a port that nothing listens on at any of the addresses.
func (b *portBook) free(addresses ...string) (int, error) {
	for range 500 {
		port := firstPort + rand.IntN(lastPort-firstPort)
		taken, err := b.take(port)
		if err != nil {
			return 0, err
		}
		if taken && checkPort(port, addresses...) == nil {
			return port, nil
		}
	}
	return 0, fmt.Errorf("no free port between %d and %d", firstPort, lastPort)
}

// choose returns the fixed port, checked, or a free one when fixed is 0.
func (b *portBook) choose(fixed int, addresses ...string) (int, error) {
	if fixed == 0 {
		return b.free(addresses...)
	}
	if err := checkPort(fixed, addresses...); err != nil {
		return 0, err
	}
	taken, err := b.take(fixed)
	if err == nil && !taken {
		err = fmt.Errorf("port %d is taken by another stack: stop it, or choose another port", fixed)
	}
	return fixed, err
}

// take locks the port; false means that a stack has it, this one or another.
func (b *portBook) take(port int) (bool, error) {
	lock, err := tryLock(filepath.Join(b.dir, strconv.Itoa(port)))
	if err != nil || lock == nil {
		return false, err
	}
	b.locks = append(b.locks, lock)
	return true, nil
}

func (b *portBook) release() {
	for _, lock := range b.locks {
		lock.release()
	}
	b.locks = nil
}

// checkPort returns an error when the port cannot be listened on at each address.
func checkPort(port int, addresses ...string) error {
	for _, address := range addresses {
		listener, err := net.Listen("tcp", net.JoinHostPort(address, strconv.Itoa(port)))
		if err != nil {
			return fmt.Errorf("port %d of %s is in use: stop what listens there, or choose another port: %w", port, address, err)
		}
		listener.Close()
	}
	return nil
}
