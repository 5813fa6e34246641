package mapping

import (
	"cmp"
	"fmt"
	"slices"
)

// misfitOf says why values of an expression never fit a type, and what to do.
type misfitOf struct {
	message, hint string
	plain         bool // the message only says that a kind cannot become the type
}

// takes says what is wrong where no value of a type of expressions fits; nil: some
// do, and each record's is checked when there is one.
func (r *result) takes(t *exprType, u Unit) *misfitOf {
	if t.can == 0 {
		return nil
	}
	if u != UnitNone && t.can == aTime {
		return &misfitOf{message: "a time has its unit already", hint: "`unit:` is for numbers: remove it"}
	}
	var worst *misfitOf
	fits := false
	t.can.each(func(k kinds) {
		problem := r.takesKind(t, k, u)
		fits = fits || problem == nil
		if worst == nil {
			worst = problem
		}
	})
	if fits {
		return nil
	}
	return worst
}

func (r *result) takesKind(t *exprType, k kinds, u Unit) *misfitOf {
	fits := false
	switch k {
	case aBoolean:
		fits = r.booleans != nil
	case aWhole:
		fits = r.wholes != nil
	case aReal:
		fits = r.reals != nil
	case aDecimal:
		fits = r.exacts != nil
	case aText:
		fits = r.texts != nil
	case aUUID:
		if r.typ.Kind == TypeBlob {
			return &misfitOf{message: "here it is its text, and would not be the 16 bytes that the path alone gives", hint: "from_hex(replace(…, '-', '')) gives the 16 bytes"}
		}
		fits = r.texts != nil
	case someBytes:
		fits = r.binaries != nil
	case aTime:
		fits = r.times != nil
	case aSpan:
		fits = r.spans != nil
	case aList:
		return r.takesList(t, u)
	case aMap:
		return r.takesMap(t, u)
	}
	if fits {
		return nil
	}
	return r.refusal(k)
}

// refusal names what makes of a kind what the type takes.
func (r *result) refusal(k kinds) *misfitOf {
	out := &misfitOf{message: fmt.Sprintf("%s cannot become %s", k, r.typ), plain: true}
	if r.typ.Kind == typeEventTime {
		return &misfitOf{message: "a write timestamp is a time, or a number of milliseconds", hint: remedy(k, aTime)}
	}
	shape := map[kinds]*Shape{aBoolean: shapeBoolean, aWhole: shapeWhole, aReal: shapeReal, aDecimal: shapeExact, aText: shapeText, someBytes: shapeBinary, aTime: shapeMillis, aList: {Kind: KindArray}, aMap: {Kind: KindRecord}}[k]
	if shape != nil {
		if text := conversion(shape, r.typ, "…"); text != "" {
			out.hint = "convert it: " + text
		}
	}
	out.hint = cmp.Or(out.hint, remedy(k, wantedBy(r.typ)), "no function makes one of it: feed the column from something else, or give it another type")
	return out
}

// wantedBy gives what fits a type.
func wantedBy(t *Type) kinds {
	switch {
	case t.Kind == TypeText || t.Kind == TypeASCII:
		return aText
	case t.Kind == TypeTimestamp || t.Kind == TypeDate:
		return aTime
	case t.isWhole():
		return aWhole
	case t.isNumber():
		return numbers
	case t.Kind == TypeTime || t.Kind == TypeDuration:
		return aSpan
	}
	return 0
}

func (r *result) takesList(t *exprType, u Unit) *misfitOf {
	switch r.typ.Kind {
	case TypeList, TypeSet, TypeVector:
		if r.typ.Kind == TypeVector && t.items != nil && len(t.items) != r.typ.Size {
			return &misfitOf{message: fmt.Sprintf("the list has %d items, and %s has %d", len(t.items), r.typ, r.typ.Size), hint: "write as many items"}
		}
		item := t.item()
		return inPart("an item", r.elem.takes(&item, u))
	case TypeTuple:
		return r.takesItems(t, u)
	case TypeMap, TypeUDT:
		return &misfitOf{message: fmt.Sprintf("a list cannot become %s", r.typ), hint: "{name: …, other: …} writes a map"}
	}
	return r.refusal(aList)
}

// takesItems holds the items of a list against the parts of a tuple.
func (r *result) takesItems(t *exprType, u Unit) *misfitOf {
	if t.items != nil && len(t.items) != len(r.elems) {
		return &misfitOf{message: fmt.Sprintf("the list has %d items, and %s has %d", len(t.items), r.typ, len(r.elems)), hint: "write as many items"}
	}
	for i, elem := range r.elems {
		item := t.item()
		if t.items != nil {
			item = t.items[i]
		}
		if problem := elem.takes(&item, u); problem != nil {
			return inPart(fmt.Sprintf("item %d", i), problem)
		}
	}
	return nil
}

func (r *result) takesMap(t *exprType, u Unit) *misfitOf {
	switch {
	case r.typ.Kind == TypeUDT && t.isRecord():
		return r.takesFields(t, u)
	case r.typ.Kind == TypeUDT:
		return nil
	case r.typ.Kind == TypeMap && r.key == nil:
		return &misfitOf{message: fmt.Sprintf("the names of a map are texts, which cannot become %s", r.typ.Key), hint: "give the column a map whose keys are texts"}
	case r.typ.Kind == TypeMap:
		item := t.item()
		return inPart("an entry", r.elem.takes(&item, u))
	case r.typ.Kind == TypeTuple:
		return &misfitOf{message: fmt.Sprintf("a record or map has no order, so that it cannot become %s", r.typ), hint: "write its fields as a list: [value.x.a, value.x.b]"}
	}
	return r.refusal(aMap)
}

// takesFields holds a record against a UDT.
func (r *result) takesFields(t *exprType, u Unit) *misfitOf {
	names := t.names
	if t.shape != nil {
		names = stepNames(t.shape)
	}
	matched := false
	for i, field := range r.typ.Fields {
		name, found, err := entryFor(field, slices.Values(names))
		if err != nil {
			return &misfitOf{message: fmt.Sprintf("field %q: %v", field, err), hint: "write the map with the names that are meant: {name: value.x.name}"}
		}
		if !found {
			continue
		}
		matched = true
		typ, _ := t.field(name)
		if problem := r.elems[i].takes(&typ, u); problem != nil {
			return inPart("field "+field, problem)
		}
	}
	if !matched {
		return &misfitOf{message: fmt.Sprintf("%v of %s", errNoEntries, r.typ), hint: "it has " + quoteList(r.typ.Fields)}
	}
	return nil
}

// inPart says which part of a value a problem is about.
func inPart(part string, problem *misfitOf) *misfitOf {
	if problem == nil {
		return nil
	}
	return &misfitOf{message: part + ": " + problem.message, hint: problem.hint}
}
