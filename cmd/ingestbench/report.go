package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
)

// run is one run of one side.
type run struct {
	Rows       int     `json:"rows"`
	Seconds    float64 `json:"seconds"`
	CPUSeconds float64 `json:"cpu_seconds"`
	Batches    int     `json:"batches,omitempty"`             // the limit's
	Retries    int     `json:"retries,omitempty"`             // the limit's
	PeakBytes  int64   `json:"peak_resident_bytes,omitempty"` // the worker's
	OwnRate    float64 `json:"own_rate,omitempty"`            // the worker's: without start and end
	Spans      int64   `json:"spans,omitempty"`               // that a traced worker sent
}

func (r *run) rate() float64          { return float64(r.Rows) / r.Seconds }
func (r *run) cpuPerMillion() float64 { return r.CPUSeconds / float64(r.Rows) * 1e6 }
func (r *run) peakMiB() float64       { return float64(r.PeakBytes) / (1 << 20) }

// pair is the limit, or the worker without traces, and the worker, one after the
// other; the worker alone with --once.
type pair struct {
	Limit    *run `json:"limit,omitempty"`
	Untraced *run `json:"untraced,omitempty"`
	Worker   *run `json:"worker"`
}

// result is what one shape gave.
type result struct {
	Shape       string  `json:"shape"`
	Text        string  `json:"text"`
	RecordBytes float64 `json:"record_bytes"` // average, with the registry's framing
	Pairs       []pair  `json:"pairs"`
}

// report is everything that is printed.
type report struct {
	Machine machine   `json:"machine"`
	Options options   `json:"options"`
	Results []*result `json:"results"`
}

// figures of the pairs, each a number that has a median.
type figure struct {
	name, format string
	of           func(pair) float64
	beside       side // what it needs beside the worker
}

// side is what the worker is compared with.
type side int

const (
	alone side = iota
	besideLimit
	besideUntraced
)

func (p pair) has(s side) bool {
	return s == alone || s == besideLimit && p.Limit != nil || s == besideUntraced && p.Untraced != nil
}

var figures = []figure{
	{"limit rows/s", "%.0f", func(p pair) float64 { return p.Limit.rate() }, besideLimit},
	{"worker rows/s", "%.0f", func(p pair) float64 { return p.Worker.rate() }, alone},
	{"ratio", "%.3f", func(p pair) float64 { return p.Worker.rate() / p.Limit.rate() }, besideLimit},
	{"own rows/s", "%.0f", func(p pair) float64 { return p.Worker.OwnRate }, alone},
	{"limit CPU s/M", "%.2f", func(p pair) float64 { return p.Limit.cpuPerMillion() }, besideLimit},
	{"worker CPU s/M", "%.2f", func(p pair) float64 { return p.Worker.cpuPerMillion() }, alone},
	{"untraced rows/s", "%.0f", func(p pair) float64 { return p.Untraced.rate() }, besideUntraced},
	{"traced/untraced", "%.3f", func(p pair) float64 { return p.Worker.rate() / p.Untraced.rate() }, besideUntraced},
	{"untraced CPU s/M", "%.2f", func(p pair) float64 { return p.Untraced.cpuPerMillion() }, besideUntraced},
	{"CPU traced/untraced", "%.3f", func(p pair) float64 { return p.Worker.CPUSeconds / p.Untraced.CPUSeconds }, besideUntraced},
	{"spans", "%.0f", func(p pair) float64 { return float64(p.Worker.Spans) }, besideUntraced},
	{"worker peak MiB", "%.0f", func(p pair) float64 { return p.Worker.peakMiB() }, alone},
}

func (r *result) figures() []figure {
	return slices.DeleteFunc(slices.Clone(figures), func(f figure) bool {
		return len(r.Pairs) > 0 && !r.Pairs[0].has(f.beside)
	})
}

// medians gives the median of each figure by its name.
func (r *result) medians() map[string]float64 {
	out := map[string]float64{}
	for _, f := range r.figures() {
		values := make([]float64, len(r.Pairs))
		for i, p := range r.Pairs {
			values[i] = f.of(p)
		}
		out[f.name] = median(values)
	}
	return out
}

// MarshalJSON adds the medians.
func (r *result) MarshalJSON() ([]byte, error) {
	type plain result
	return json.Marshal(struct {
		*plain
		Medians map[string]float64 `json:"medians"`
	}{(*plain)(r), r.medians()})
}

// median of a list that is not empty: the middle, or the mean of the two there.
func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

func (r *report) print(w io.Writer, asJSON bool) error {
	if asJSON {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(r)
	}
	o := r.Options
	fmt.Fprintf(w, "\n%s\n%d records, %d Kafka partitions, %s, batches of at most %d rows, %d bytes (%d in one partition) and %d partitions;\nthe limit has %d batches in flight\n",
		r.Machine, o.Records, o.Partitions, o.Consistency, o.Caps.Rows, o.Caps.Bytes, o.Caps.PartitionBytes, o.Caps.Partitions, o.InFlight)
	for _, result := range r.Results {
		if err := result.print(w); err != nil {
			return err
		}
	}
	return nil
}

// print writes a table: a line for each pair, then the medians.
func (r *result) print(w io.Writer) error {
	fmt.Fprintf(w, "\n%s: %s; records of %.0f bytes on average\n\n", r.Shape, r.Text, r.RecordBytes)
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	figures, medians := r.figures(), r.medians()
	fmt.Fprint(out, "pair\t")
	for _, f := range figures {
		fmt.Fprint(out, f.name, "\t")
	}
	fmt.Fprintln(out)
	for i, p := range r.Pairs {
		fmt.Fprint(out, i+1, "\t")
		for _, f := range figures {
			fmt.Fprintf(out, f.format+"\t", f.of(p))
		}
		fmt.Fprintln(out)
	}
	fmt.Fprint(out, "median\t")
	for _, f := range figures {
		fmt.Fprintf(out, f.format+"\t", medians[f.name])
	}
	fmt.Fprintln(out)
	return out.Flush()
}
