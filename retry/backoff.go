package retry

import (
	"context"
	"math/rand/v2"
	"time"
)

// Config bounds the waits between attempts.
type Config struct {
	Min time.Duration `env:"MIN" envDefault:"50ms" desc:"Upper bound of the first wait between attempts; it doubles with every attempt."`
	Max time.Duration `env:"MAX" envDefault:"15s" desc:"No wait between attempts is longer."`
}

// OrDefault gives the configuration, or the defaults of its settings when it says
// nothing.
func (c Config) OrDefault() Config {
	if c.Max <= 0 {
		return Config{Min: 50 * time.Millisecond, Max: 15 * time.Second}
	}
	return c
}

// Backoff gives waits with full jitter: each is drawn evenly from zero up to a
// bound that doubles with every attempt and stops growing at Config.Max. See
// "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015): full jitter
// keeps many workers from coming back at once.
type Backoff struct {
	Config
	attempt int
}

// Next gives the wait before the next attempt and counts it.
func (b *Backoff) Next() time.Duration {
	bound := b.Bound()
	b.attempt++
	if bound <= 0 {
		return 0
	}
	return rand.N(bound)
}

// Bound gives the upper bound of the wait that Next would draw.
func (b *Backoff) Bound() time.Duration {
	if b.Min <= 0 || b.Max <= 0 {
		return 0
	}
	bound := b.Min
	for i := 0; i < b.attempt && bound < b.Max; i++ {
		bound *= 2
	}
	return min(bound, b.Max)
}

// Attempts gives the number of waits so far.
func (b *Backoff) Attempts() int { return b.attempt }

// Reset starts over, after a success.
func (b *Backoff) Reset() { b.attempt = 0 }

// Wait sleeps for Next or until ctx ends, whose cause it then returns.
func (b *Backoff) Wait(ctx context.Context) error { return Sleep(ctx, b.Next()) }

// Sleep waits for d or until ctx ends, whose cause it then returns.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}
