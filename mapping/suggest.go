package mapping

import "strings"

// maxSuggest bounds the length of names that are compared, since comparing
// takes the product of two lengths.
const maxSuggest = 64

// nearest gives the candidate that was likely meant by name: the same one but
// for case and separators, else the one with the fewest typing errors. It gives
// "" when none is close.
func nearest(name string, candidates []string) string {
	folded := fold(name)
	for _, c := range candidates {
		if fold(c) == folded {
			return c
		}
	}
	if len(name) > maxSuggest {
		return ""
	}
	best, bestDistance := "", 1+max(1, len(name)/3)
	for _, c := range candidates {
		if len(c) > maxSuggest {
			continue
		}
		if d := distance(strings.ToLower(name), strings.ToLower(c)); d < bestDistance {
			best, bestDistance = c, d
		}
	}
	return best
}

// fold makes names equal that differ in case, underscores and hyphens only.
func fold(s string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(s))
}

// suggest says what to write instead of name: the nearest candidate, or what
// there is.
func suggest(name string, candidates []string, what string) string {
	hint := ""
	if len(candidates) > 0 {
		hint = what + ": " + quoteList(candidates)
	}
	return suggestOr(name, candidates, hint)
}

// suggestOr gives the nearest candidate, or else another hint.
func suggestOr(name string, candidates []string, hint string) string {
	if best := nearest(name, candidates); best != "" {
		return "did you mean \"" + best + "\"?"
	}
	return hint
}

// distance counts the insertions, deletions, substitutions and swaps of
// neighbours that make a into b (optimal string alignment), in bytes.
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
