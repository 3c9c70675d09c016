package guide

// oneApart tells whether two words differ by one letter that is wrong, missing
// or too many, or by two neighbours that changed places.
func oneApart(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 {
		return false
	}
	start := 0
	for start < len(a) && a[start] == b[start] {
		start++
	}
	restA, restB := a[start:], b[start:]
	if len(a) != len(b) {
		return restA == restB[1:]
	}
	if restA == "" || restA[1:] == restB[1:] {
		return true
	}
	return len(restA) > 1 && restA[0] == restB[1] && restA[1] == restB[0] && restA[2:] == restB[2:]
}
