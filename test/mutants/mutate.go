package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
)

// mutant is one small change of a file that its syntax suggests.
type mutant struct {
	file string // from the root of the repository
	name string // file, function and change; no other mutant has it
	line int
	from int    // offsets in the file of what is replaced
	to   int    //
	with string // what replaces it
	in   *body  // the function that it is in; nil for a constant's
}

// body is the inside of a function's braces.
type body struct {
	from, to int // offsets in the file
	returns  bool
}

// mutator makes the mutants of one file.
type mutator struct {
	file    string
	source  string
	set     *token.FileSet
	within  string // the function or constant that it is in
	in      *body
	results *ast.FieldList
	found   []*mutant
	names   map[string]int
}

// loadMutants gives the mutants of all the files that are mutated.
func loadMutants(root string) (all []*mutant, err error) {
	for _, file := range mutated {
		text, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			return nil, err
		}
		some, err := mutate(file, string(text))
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

// mutate gives the mutants of a file, in its order.
func mutate(file, source string) ([]*mutant, error) {
	m := &mutator{file: file, source: source, set: token.NewFileSet(), names: map[string]int{}}
	parsed, err := parser.ParseFile(m.set, file, source, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	for _, d := range parsed.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			m.within = d.Name.Name
			m.in = &body{m.at(d.Body.Lbrace) + 1, m.at(d.Body.Rbrace), d.Type.Results != nil}
			m.function(d.Type, d.Body)
		case *ast.GenDecl:
			if m.in = nil; d.Tok == token.CONST {
				m.constants(d)
			}
		}
	}
	return m.found, nil
}

func (m *mutator) constants(d *ast.GenDecl) {
	for _, s := range d.Specs {
		spec := s.(*ast.ValueSpec)
		m.within = spec.Names[0].Name
		for _, v := range spec.Values {
			m.walk(v)
		}
	}
}

// function mutates a body; a function literal in it has results of its own.
func (m *mutator) function(t *ast.FuncType, b *ast.BlockStmt) {
	outer := m.results
	m.results = t.Results
	m.walk(b)
	m.results = outer
}

func (m *mutator) walk(root ast.Node) {
	var comm ast.Stmt
	ast.Inspect(root, func(n ast.Node) bool {
		if lit, ok := n.(*ast.FuncLit); ok {
			m.function(lit.Type, lit.Body)
			return false
		}
		if call, ok := n.(*ast.CallExpr); ok && tells(call) {
			return false
		}
		if c, ok := n.(*ast.CommClause); ok {
			comm = c.Comm // a case of a select needs it
		}
		if stmt, ok := n.(ast.Stmt); ok && stmt != comm {
			m.statement(stmt)
		}
		if expr, ok := n.(ast.Expr); ok {
			m.expression(expr)
		}
		return true
	})
}

// tells reports whether a call makes a text for people: a line of the log or an
// error. What it says is not for tests of the logic.
func tells(call *ast.CallExpr) bool {
	s, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	switch s.Sel.Name {
	case "Debug", "Info", "Warn", "Error", "Errorf":
		return true
	case "New":
		pkg, ok := s.X.(*ast.Ident)
		return ok && pkg.Name == "errors"
	}
	return false
}

// of gives the source of a node.
func (m *mutator) of(n ast.Node) string { return m.source[m.at(n.Pos()):m.at(n.End())] }

func (m *mutator) at(p token.Pos) int { return m.set.Position(p).Offset }

// replace adds the mutant that has another text for a node. what says how it
// differs; the same said twice in a function gets a number.
func (m *mutator) replace(n ast.Node, with, what string) {
	m.splice(n.Pos(), n.End(), with, what)
}

func (m *mutator) splice(from, to token.Pos, with, what string) {
	name := fmt.Sprintf("%s %s: %s", filepath.Base(m.file), m.within, what)
	if m.names[name]++; m.names[name] > 1 {
		name += " (" + strconv.Itoa(m.names[name]) + ")"
	}
	m.found = append(m.found, &mutant{
		file: m.file, name: name, line: m.set.Position(from).Line,
		from: m.at(from), to: m.at(to), with: with, in: m.in,
	})
}
