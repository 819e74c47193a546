package main

import (
	"encoding/json"
	"io"
	"slices"
	"strings"
	"syscall"
	"text/template"
	"time"
)

// measured is how many nanoseconds of the processor one pass over all requests takes: parsed each time with the whole map of functions made anew, as
// Kanister does it, and parsed beforehand.
type measured struct {
	ParsedEachTime float64 `json:"parsedEachTime"`
	ParsedOnce     float64 `json:"parsedOnce"`
}

func bench(in io.Reader, out io.Writer) error {
	requests := []request{}
	data := []any{}
	parsed := []*template.Template{}
	for decoder := json.NewDecoder(in); ; {
		var r request
		if err := decoder.Decode(&r); err == io.EOF {
			break
		} else if err != nil {
			return err
		}
		value, err := build(r.Data)
		if err != nil {
			return err
		}
		t, err := parse(r, kanisterFunctions())
		if err != nil {
			return err
		}
		requests, data, parsed = append(requests, r), append(data, value), append(parsed, t)
	}
	var failure error
	run := func(t *template.Template, value any) {
		var text strings.Builder
		if err := t.Execute(&text, value); err != nil {
			failure = err
		}
	}
	once := perPass(func() {
		for i, t := range parsed {
			run(t, data[i])
		}
	})
	each := perPass(func() {
		for i, r := range requests {
			t, err := parse(r, kanisterFunctions())
			if err != nil {
				failure = err
				return
			}
			run(t, data[i])
		}
	})
	if failure != nil {
		return failure
	}
	return json.NewEncoder(out).Encode(measured{ParsedEachTime: each, ParsedOnce: once})
}

// perPass repeats a pass for a second and gives the median of its rounds, in nanoseconds.
func perPass(pass func()) float64 {
	const rounds = 10
	times := make([]float64, 0, rounds)
	for len(times) < rounds {
		start, count := processorTime(), 0
		for processorTime()-start < 100*time.Millisecond {
			for range 10 {
				pass()
			}
			count += 10
		}
		times = append(times, float64((processorTime()-start).Nanoseconds())/float64(count))
	}
	return median(times)
}

// processorTime is what all threads have used: what else the machine does would make a clock unfair.
func processorTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func median(values []float64) float64 {
	slices.Sort(values)
	return (values[len(values)/2-1] + values[len(values)/2]) / 2
}
