package mapping

import yaml "go.yaml.in/yaml/v4"

// onError reads what becomes of records that can never be written. It warns of
// what keeps none of them, and of what one of them can stop.
func (p *parser) onError(n *yaml.Node) OnError {
	choice := OnError(max(p.choice(n, "on_error", onErrorNames[:]), 0))
	switch choice {
	case OnErrorSkip:
		p.add(Warning, pos(n), "use dead_letter where such records must not be lost", "with on_error skip a record that cannot be written is lost: it is logged and counted, and nothing else is kept of it")
	case OnErrorFail:
		p.add(Warning, pos(n), "use dead_letter where one record must not hold up the others", "with on_error fail one record that cannot be written ends the worker, and ends it again after each restart until somebody mends the cause")
	}
	return choice
}
