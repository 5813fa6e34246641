package mapping

import "slices"

// formulas checks the types of a part's expressions against each version of the
// value's schema with the newest of the key's, and the other way round.
func (c *shapeChecker) formulas(f *Form, part *Part, key, value, item []NamedShape) {
	x := part.formulas
	if x == nil {
		return
	}
	evals := append([]eval{}, x.evals...)
	for _, e := range []*eval{x.when, x.ttl} {
		if e != nil {
			evals = append(evals, *e)
		}
	}
	if x.remove != nil {
		evals = append(evals, x.remove.eval)
	}
	for i := range evals {
		c.formula(f, part, &evals[i], key, value, item)
	}
}

func newest(versions []NamedShape) *Shape {
	if len(versions) == 0 {
		return nil
	}
	return versions[len(versions)-1].Shape
}

func (c *shapeChecker) formula(f *Form, part *Part, e *eval, key, value, item []NamedShape) {
	latest := known{newest(key), newest(value), newest(item)}
	fits, missing := c.typed(f, part, e, latest, "")
	if !fits {
		return
	}
	check := func(k known, version string) bool {
		fits, lacks := c.typed(f, part, e, k, version)
		missing = inBoth(missing, lacks)
		return fits
	}
	for _, v := range value {
		if !check(known{latest.key, v.Shape, latest.item}, v.Name) {
			return
		}
	}
	for _, v := range key {
		if !check(known{v.Shape, latest.value, latest.item}, v.Name) {
			return
		}
	}
	for _, v := range item {
		if !check(known{latest.key, latest.value, v.Shape}, v.Name) {
			return
		}
	}
	for _, fault := range missing {
		c.fault(e.expr.at(fault.at), fault.hint, "%s", fault.message)
	}
}

// inBoth gives the fields that neither of two versions has: what one of them has
// is null in the records of the other.
func inBoth(newest, other []*pathFault) []*pathFault {
	return slices.DeleteFunc(newest, func(f *pathFault) bool {
		return !slices.ContainsFunc(other, func(o *pathFault) bool { return o.at == f.at })
	})
}

// typed checks one expression against one version. It reports whether it fits, and
// the fields that this version lacks.
func (c *shapeChecker) typed(f *Form, part *Part, e *eval, k known, version string) (fits bool, missing []*pathFault) {
	in := ""
	if version != "" {
		in = " in " + version
	}
	t, found := e.expr.check(k)
	for _, fault := range found.faults {
		c.fault(e.expr.at(fault.at), fault.hint, "%s%s", fault.message, in)
	}
	if len(found.faults) > 0 {
		return false, nil
	}
	return c.result(f, part, e, &t, in), found.missing
}

// result holds what an expression gives against what is wanted of it.
func (c *shapeChecker) result(f *Form, part *Part, e *eval, t *exprType, in string) bool {
	switch {
	case t.can == 0:
		return true
	case e.what == "ttl":
		if t.can&(aWhole|texts|aSpan) == 0 {
			c.fault(e.expr.at(0), "give seconds as a whole number, or a text such as '30d'", "ttl is %s%s", t.can, in)
			return false
		}
		return true
	case e.what != "":
		if t.can&aBoolean == 0 {
			c.fault(e.expr.at(0), "compare it with something: value.status == 'done'", "%s must be true or false, and this is %s%s", e.what, t.can, in)
			return false
		}
		return true
	}
	s := &f.Slots[part.First+e.place]
	problem := e.result.takes(t, s.Source.Unit)
	switch {
	case problem == nil:
		return true
	case problem.plain:
		c.fault(e.expr.at(0), problem.hint, "the expression gives %s, and %s is %s%s", t.can, s.feeds(), s.Type, in)
	default:
		c.fault(e.expr.at(0), problem.hint, "the expression gives %s, which cannot feed %s%s: %s", t.can, s.feeds(), in, problem.message)
	}
	return false
}
