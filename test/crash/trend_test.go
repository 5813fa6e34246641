//go:build stack && crash

package crash

import (
	"math"
	"testing"
	"time"
)

// series are readings over time.
type series struct{ x, y []float64 }

func (s *series) add(at time.Duration, y float64) {
	s.x, s.y = append(s.x, at.Seconds()), append(s.y, y)
}

func (s *series) mean() float64 { return mean(s.y) }

func mean(values []float64) (sum float64) {
	for _, v := range values {
		sum += v / float64(len(values))
	}
	return sum
}

// growth gives by how much the straight line of least squares rises from the
// first reading to the last, and twice the standard error of that.
func (s *series) growth() (growth, doubt float64) {
	n := float64(len(s.x))
	if n < 3 {
		return 0, math.Inf(1)
	}
	mx, my := mean(s.x), mean(s.y)
	var sxx, sxy float64
	for i := range s.x {
		sxx += (s.x[i] - mx) * (s.x[i] - mx)
		sxy += (s.x[i] - mx) * (s.y[i] - my)
	}
	slope, squares := sxy/sxx, 0.0
	for i := range s.x {
		off := s.y[i] - my - slope*(s.x[i]-mx)
		squares += off * off
	}
	length := s.x[len(s.x)-1] - s.x[0]
	return slope * length, 2 * math.Sqrt(squares/(n-2)/sxx) * length
}

func TestGrowth(t *testing.T) {
	var flat, steep series
	for i := range 100 {
		noise := float64(i * 37 % 11)
		flat.add(time.Duration(i)*time.Second, 50+noise)
		steep.add(time.Duration(i)*time.Second, 50+noise+float64(i)/2)
	}
	if growth, doubt := flat.growth(); math.Abs(growth) > doubt {
		t.Errorf("a flat series grows by %f ± %f", growth, doubt)
	}
	if growth, doubt := steep.growth(); growth-doubt < 40 || growth+doubt > 60 {
		t.Errorf("a series grows by %f ± %f, want 49.5", growth, doubt)
	}
}
