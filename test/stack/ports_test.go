package stack

import (
	"net"
	"strings"
	"testing"
)

func TestFreePortsAreOutsideTheRangeOfOutgoingConnections(t *testing.T) {
	book := portBook{dir: t.TempDir()}
	defer book.release()
	seen := map[int]bool{}
	for range 50 {
		port, err := book.free("127.0.0.1", "127.0.0.2")
		if err != nil {
			t.Fatal(err)
		}
		if port < 20000 || port >= 32000 {
			t.Errorf("port %d, want 20000 to 31999", port)
		}
		if seen[port] {
			t.Errorf("port %d was given twice", port)
		}
		seen[port] = true
	}
}

func TestTwoStacksNeverShareAPort(t *testing.T) {
	dir := t.TempDir()
	first, second := portBook{dir: dir}, portBook{dir: dir}
	port, err := first.free("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	_, err = second.choose(port, "127.0.0.1")
	if err == nil || !strings.Contains(err.Error(), "another stack") {
		t.Errorf("error = %v, want one that names another stack", err)
	}
	first.release()
	if _, err := second.choose(port, "127.0.0.1"); err != nil {
		t.Errorf("after release: %v", err)
	}
	second.release()
}

func TestPortInUseOnAnyAddressIsNamed(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.2:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	book := portBook{dir: t.TempDir()}
	defer book.release()
	_, err = book.choose(listener.Addr().(*net.TCPAddr).Port, "127.0.0.1", "127.0.0.2", "127.0.0.3")
	if err == nil || !strings.Contains(err.Error(), "of 127.0.0.2 is in use") {
		t.Errorf("error = %v, want one that names 127.0.0.2", err)
	}
}
