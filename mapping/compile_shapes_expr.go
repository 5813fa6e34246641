package mapping

import (
	"reflect"
	"time"

	"github.com/expr-lang/expr/checker"
	"github.com/expr-lang/expr/types"
)

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

// known is the shape that a root has in one check; nil: nothing is known.
type known struct{ key, value, item *Shape }

func newest(versions []NamedShape) *Shape {
	if len(versions) == 0 {
		return nil
	}
	return versions[len(versions)-1].Shape
}

func (c *shapeChecker) formula(f *Form, part *Part, e *eval, key, value, item []NamedShape) {
	latest := known{newest(key), newest(value), newest(item)}
	if !c.typed(f, part, e, latest, "") {
		return
	}
	for _, v := range value {
		k := latest
		if k.value = v.Shape; !c.typed(f, part, e, k, v.Name) {
			return
		}
	}
	for _, v := range key {
		k := latest
		if k.key = v.Shape; !c.typed(f, part, e, k, v.Name) {
			return
		}
	}
	for _, v := range item {
		k := latest
		if k.item = v.Shape; !c.typed(f, part, e, k, v.Name) {
			return
		}
	}
}

// typed checks one expression against one version, and reports whether it fits.
func (c *shapeChecker) typed(f *Form, part *Part, e *eval, k known, version string) bool {
	in := ""
	if version != "" {
		in = " in " + version
	}
	typ, fault := e.expr.check(k)
	if fault != nil {
		c.fault(e.expr.at(fault.at), fault.hint, "%s%s", fault.message, in)
		return false
	}
	shape := resultShape(typ)
	switch {
	case shape == nil:
		return true
	case e.what == "ttl":
		if shape != shapeWhole && shape != shapeText && shape != shapeSpan {
			c.fault(e.expr.at(0), "give seconds as a whole number, or a text such as '30d'", "ttl is %s%s", shapeTitle(shape), in)
			return false
		}
		return true
	case e.what != "":
		if shape != shapeBoolean {
			c.fault(e.expr.at(0), "compare it with something: value.status == 'done'", "%s must be true or false, and this is %s%s", e.what, shapeTitle(shape), in)
			return false
		}
		return true
	}
	return c.resultFits(&f.Slots[part.First+e.place], e, shape, in)
}

func (c *shapeChecker) resultFits(s *Slot, e *eval, shape *Shape, in string) bool {
	var err error
	switch {
	case shape == shapeInstant && !takesTime(s.Type):
		err = refuse(shape, s.Type, "timestamp and date; to_epoch(…, 'ms') makes a number of it, string(…) a text")
	case shape == shapeSpan && s.Type.Kind == TypeTime, shape == shapeReal && s.Type.Kind == TypeFloat:
	default:
		_, err = FitOf(shape, s.Type, s.Source.Unit)
	}
	if err == nil {
		return true
	}
	hint := ""
	if text := ConversionFor(err, "(…)"); text != "" {
		hint = "convert it, as in " + text
	}
	c.fault(e.expr.at(0), hint, "the expression gives %s, which cannot feed %s%s: %v", shapeTitle(shape), s.feeds(), in, err)
	return false
}

func shapeTitle(s *Shape) string {
	switch s {
	case shapeBoolean:
		return "a boolean"
	case shapeWhole:
		return "a whole number"
	case shapeReal:
		return "a floating point number"
	case shapeText:
		return "a text"
	case shapeBinary:
		return "bytes"
	case shapeInstant:
		return "a time"
	}
	return "a duration"
}

// resultShape gives what an expression of a type gives, nil when only a record can
// tell.
func resultShape(t reflect.Type) *Shape {
	switch t {
	case nil:
		return nil
	case reflect.TypeFor[time.Time]():
		return shapeInstant
	case reflect.TypeFor[time.Duration]():
		return shapeSpan
	case reflect.TypeFor[[]byte]():
		return shapeBinary
	}
	switch t.Kind() {
	case reflect.Bool:
		return shapeBoolean
	case reflect.Int, reflect.Int64:
		return shapeWhole
	case reflect.Float64:
		return shapeReal
	case reflect.String:
		return shapeText
	}
	return nil
}

// check gives the type of an expression where its inputs have these shapes.
func (e *Expression) check(k known) (reflect.Type, *pathFault) {
	tree, _, fault := e.tree()
	if fault != nil {
		return nil, fault
	}
	config := parseConfig()
	names := types.Map{}
	for i := range e.Inputs {
		in := &e.Inputs[i].Source
		names[in.String()] = inputType(in, k)
	}
	config.WithEnv(names)
	config.Strict = true
	for name, f := range functions {
		exprFunction(config, name, nil, f.types)
	}
	t, err := checker.Check(tree, config)
	if err != nil {
		return nil, e.fault(err)
	}
	return t, nil
}

// inputType gives the library's type of what a path leads to.
func inputType(s *Source, k known) types.Type {
	var shape *Shape
	switch s.Root {
	case RootKey:
		shape = k.key
	case RootValue:
		shape = k.value
	case RootItem:
		shape = k.item
	case RootHeader, RootItemKey:
		return types.String
	case RootItemIndex:
		return types.Int
	case RootMeta:
		return metaType(s.Name)
	}
	if shape == nil {
		return types.Any
	}
	found, ok, err := ResolvePath(shape, s.Path, s.Loose)
	if !ok || err != nil {
		return types.Any
	}
	return shapeType(found.NonNull())
}

func metaType(name string) types.Type {
	switch name {
	case "topic":
		return types.String
	case "timestamp":
		return types.TypeOf(time.Time{})
	}
	return types.Int
}

func shapeType(s *Shape) types.Type {
	switch {
	case s.isInstant() || s.Logical == LogicalDate:
		return types.TypeOf(time.Time{})
	case s.Logical == LogicalTimeMillis || s.Logical == LogicalTimeMicros || s.Logical == LogicalTimeNanos:
		return types.TypeOf(time.Duration(0))
	case s.Logical == LogicalDecimal || s.Logical == LogicalBigDecimal || s.Logical == LogicalVariableScaleDecimal:
		return types.Any
	case s.Kind == KindFixed && s.Logical == LogicalUUID:
		return types.String
	}
	switch s.Kind {
	case KindBoolean:
		return types.Bool
	case KindInt, KindLong:
		return types.Int
	case KindFloat, KindDouble:
		return types.Float64
	case KindString, KindEnum:
		return types.String
	case KindBytes, KindFixed:
		return types.TypeOf([]byte{})
	case KindArray:
		return types.TypeOf([]any{})
	case KindMap, KindRecord:
		return types.TypeOf(map[string]any{})
	}
	return types.Any
}
