package main

import (
	"go/ast"
	"go/token"
	"strings"
)

// swapped is what takes an operator's place: the boundary is moved, the comparison
// turned round, the arithmetic undone.
var swapped = map[token.Token]token.Token{
	token.LSS: token.LEQ, token.LEQ: token.LSS, token.GTR: token.GEQ, token.GEQ: token.GTR,
	token.EQL: token.NEQ, token.NEQ: token.EQL, token.LAND: token.LOR, token.LOR: token.LAND,
	token.ADD: token.SUB, token.SUB: token.ADD, token.MUL: token.QUO, token.QUO: token.MUL, token.REM: token.MUL,
	token.ADD_ASSIGN: token.SUB_ASSIGN, token.SUB_ASSIGN: token.ADD_ASSIGN, token.INC: token.DEC, token.DEC: token.INC,
}

// opposite are names with an opposite.
var opposite = map[string]string{"true": "false", "false": "true", "min": "max", "max": "min"}

func (m *mutator) statement(s ast.Stmt) {
	switch s := s.(type) {
	case *ast.IfStmt:
		m.negate(s.Cond)
	case *ast.ForStmt:
		m.negate(s.Cond)
	case *ast.SwitchStmt:
		if s.Tag == nil {
			m.cases(s)
		}
	case *ast.IncDecStmt:
		m.operator(s.TokPos, s.Tok, s)
		m.remove(s)
	case *ast.AssignStmt:
		m.operator(s.TokPos, s.Tok, s)
		if s.Tok != token.DEFINE {
			m.remove(s)
		}
	case *ast.ReturnStmt:
		m.empty(s)
		if len(s.Results) == 0 {
			m.remove(s)
		}
	case *ast.ExprStmt, *ast.DeferStmt, *ast.GoStmt, *ast.SendStmt, *ast.BranchStmt:
		m.remove(s)
	}
}

func (m *mutator) expression(e ast.Expr) {
	switch e := e.(type) {
	case *ast.BinaryExpr:
		m.operator(e.OpPos, e.Op, e)
	case *ast.BasicLit:
		m.literal(e)
	case *ast.Ident:
		if to, ok := opposite[e.Name]; ok {
			m.replace(e, to, e.Name+" -> "+to)
		}
	}
}

func (m *mutator) operator(at token.Pos, op token.Token, whole ast.Node) {
	if to, ok := swapped[op]; ok {
		m.splice(at, at+token.Pos(len(op.String())), to.String(), oneLine(m.of(whole))+" with "+to.String())
	}
}

// negate turns a condition round; one that compares for equality is an operator's.
func (m *mutator) negate(cond ast.Expr) {
	if b, ok := cond.(*ast.BinaryExpr); cond == nil || ok && (b.Op == token.EQL || b.Op == token.NEQ) {
		return
	}
	m.replace(cond, "!("+m.of(cond)+")", "not "+oneLine(m.of(cond)))
}

func (m *mutator) cases(s *ast.SwitchStmt) {
	for _, c := range s.Body.List {
		for _, cond := range c.(*ast.CaseClause).List {
			m.negate(cond)
		}
	}
}

// remove makes a statement one that is never reached. It stays in the text, so
// that what it uses is used.
func (m *mutator) remove(s ast.Stmt) {
	m.replace(s, "if false { "+m.of(s)+" }", "without "+oneLine(m.of(s)))
}

// empty gives back the zero value of one result, or of all when one call makes
// them. A result that looks empty stays.
func (m *mutator) empty(s *ast.ReturnStmt) {
	types := resultTypes(m.results)
	for i := range s.Results {
		if isEmpty(s.Results[i]) {
			continue
		}
		var values []string
		for j, t := range types {
			if len(s.Results) != len(types) || i == j {
				values = append(values, "*new("+m.of(t)+")")
			} else {
				values = append(values, m.of(s.Results[j]))
			}
		}
		m.replace(s, "if true { return "+strings.Join(values, ", ")+" }; "+m.of(s), "empty "+oneLine(m.of(s.Results[i]))+" in return")
	}
}

// resultTypes gives the type of each result.
func resultTypes(results *ast.FieldList) (types []ast.Expr) {
	if results == nil {
		return nil
	}
	for _, f := range results.List {
		for range max(1, len(f.Names)) {
			types = append(types, f.Type)
		}
	}
	return types
}

func isEmpty(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name == "nil" || e.Name == "false" || e.Name == "true" // the latter two have an opposite
	case *ast.BasicLit:
		return e.Value == "0" || e.Value == `""`
	case *ast.CompositeLit:
		return len(e.Elts) == 0
	}
	return false
}

// literal moves a number by one and empties a text.
func (m *mutator) literal(l *ast.BasicLit) {
	switch l.Kind {
	case token.INT:
		m.replace(l, "("+l.Value+"+1)", l.Value+" plus 1")
		m.replace(l, "("+l.Value+"-1)", l.Value+" minus 1")
	case token.STRING:
		m.replace(l, `""`, l.Value+" emptied")
	}
}

// oneLine shortens a piece of source to what a list can show.
func oneLine(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > 60 {
		text = text[:57] + "..."
	}
	return text
}
