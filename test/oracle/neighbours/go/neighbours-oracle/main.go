// Answers cases about the formats around Go templates as the Go libraries do: one JSON object a line in, one a line out.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
)

type question struct {
	Neighbour string          `json:"neighbour"`
	Input     json.RawMessage `json:"input"`
}

var neighbours = map[string]func(json.RawMessage) any{
	"quantity":        answering(quantity),
	"duration":        answering(duration),
	"yaml":            answering(readYAML),
	"yaml-writer":     answering(writeYAML),
	"jsonpath":        answering(jsonPath),
	"go-template":     answering(goTemplate),
	"strategic-merge": answering(strategicMerge),
	"envsubst":        answering(substitute),
}

func main() {
	lines := bufio.NewReaderSize(os.Stdin, 1<<20)
	answers := bufio.NewWriterSize(os.Stdout, 1<<20)
	defer answers.Flush()
	encoder := json.NewEncoder(answers)
	encoder.SetEscapeHTML(false)
	decoder := json.NewDecoder(lines)
	for decoder.More() {
		var asked question
		fail(decoder.Decode(&asked))
		answer, known := neighbours[asked.Neighbour]
		if !known {
			fail(fmt.Errorf("unknown neighbour %q", asked.Neighbour))
		}
		fail(encoder.Encode(answer(asked.Input)))
	}
}

// answering reads the input of a case into its own type.
func answering[Input any](answer func(Input) any) func(json.RawMessage) any {
	return func(raw json.RawMessage) any {
		var input Input
		fail(json.Unmarshal(raw, &input))
		return answer(input)
	}
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

type refusal struct {
	Error string `json:"error"`
}

func refused(err error) any { return refusal{Error: err.Error()} }

// distinct collects what a library says that walks maps in Go's random order: each answer once, in the order of their JSON.
func distinct(runs int, answer func() any) any {
	seen := map[string]any{}
	for range runs {
		one := withoutPanic(answer)
		text, err := json.Marshal(one)
		fail(err)
		seen[string(text)] = one
	}
	all := []any{}
	for _, text := range sortedKeys(seen) {
		all = append(all, seen[text])
	}
	return map[string]any{"anyOf": all}
}

func withoutPanic(answer func() any) (result any) {
	defer func() {
		if fault := recover(); fault != nil {
			result = map[string]string{"panic": fmt.Sprint(fault)}
		}
	}()
	return answer()
}
