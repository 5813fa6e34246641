package config

import "strings"

// Fault is one setting that cannot work.
type Fault struct {
	Name    string // the environment variable
	Problem string // what is wrong and what to do
}

func (f Fault) String() string { return f.Name + ": " + f.Problem }

// Error is everything wrong with the environment. Commands that get it end with
// exit code 78.
type Error struct{ Faults []Fault }

// Error gives one line for each fault.
func (e *Error) Error() string {
	lines := make([]string, len(e.Faults))
	for i, fault := range e.Faults {
		lines[i] = fault.String()
	}
	return strings.Join(lines, "\n")
}

// faults collects at most one fault for each name: the first is the cause of
// those that follow.
type faults struct {
	list []Fault
	seen map[string]bool
}

func (f *faults) add(name, problem string) {
	if f.seen[name] {
		return
	}
	f.silence(name)
	f.list = append(f.list, Fault{name, strings.Join(strings.Split(problem, "\n"), "; ")})
}

// silence leaves out further faults of a name.
func (f *faults) silence(name string) {
	if f.seen == nil {
		f.seen = map[string]bool{}
	}
	f.seen[name] = true
}

// addAll adds what a component's Validate returned: faults that begin with the
// name of their variable, joined.
func (f *faults) addAll(component string, err error) {
	if err == nil {
		return
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, inner := range joined.Unwrap() {
			f.addAll(component, inner)
		}
		return
	}
	name, problem, found := strings.Cut(err.Error(), ": ")
	if !found || !strings.HasPrefix(name, namePrefix) {
		name, problem = component, err.Error()
	}
	f.add(name, problem)
}
