// Answers what Go's text/template with sprig 2.22.0 makes of templates: a request per line of stdin, an answer per line of stdout.
//
//	templates             answers requests
//	templates functions   prints the names of the functions that templates have
//	templates bench       measures how long the requests of stdin take
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"text/template"
)

type request struct {
	Template string `json:"template"`
	// Name of the template; "config" when absent, as Kanister has it.
	Name string `json:"name"`
	// default, zero or error; error when absent, as Kanister has it.
	MissingKey string          `json:"missingKey"`
	Functions  string          `json:"functions"`
	Now        string          `json:"now"`
	Data       json.RawMessage `json:"data"`
}

type answer struct {
	Output *string `json:"output,omitempty"`
	Error  *string `json:"error,omitempty"`
	// What the request itself has wrong.
	Refused *string `json:"refused,omitempty"`
}

func main() {
	mode := ""
	if len(os.Args) > 1 {
		mode = os.Args[1]
	}
	var err error
	switch mode {
	case "":
		err = answerAll(os.Stdin, os.Stdout)
	case "functions":
		err = json.NewEncoder(os.Stdout).Encode(slices.Sorted(maps.Keys(kanisterFunctions())))
	case "bench":
		err = bench(os.Stdin, os.Stdout)
	default:
		err = fmt.Errorf("no such mode: %s", mode)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func answerAll(in io.Reader, out io.Writer) error {
	writer := bufio.NewWriter(out)
	encoder := json.NewEncoder(writer)
	encoder.SetEscapeHTML(false)
	decoder := json.NewDecoder(bufio.NewReaderSize(in, 1<<20))
	for {
		var r request
		if err := decoder.Decode(&r); err == io.EOF {
			return writer.Flush()
		} else if err != nil {
			return err
		}
		if err := encoder.Encode(answerOne(r)); err != nil {
			return err
		}
		if err := writer.Flush(); err != nil {
			return err
		}
	}
}

func answerOne(r request) (result answer) {
	data, err := build(r.Data)
	if err != nil {
		text := err.Error()
		return answer{Refused: &text}
	}
	functions, err := functionsFor(r.Functions, r.Now)
	if err != nil {
		text := err.Error()
		return answer{Refused: &text}
	}
	defer func() {
		if failure := recover(); failure != nil {
			text := fmt.Sprintf("panic: %v", failure)
			result = answer{Error: &text}
		}
	}()
	parsed, err := parse(r, functions)
	if err != nil {
		text := err.Error()
		return answer{Error: &text}
	}
	out := bounded{left: 16 << 20}
	if err := parsed.Execute(&out, data); err != nil {
		text := err.Error()
		return answer{Error: &text}
	}
	text := out.String()
	return answer{Output: &text}
}

func parse(r request, functions template.FuncMap) (*template.Template, error) {
	name, missing := r.Name, r.MissingKey
	if name == "" {
		name = "config"
	}
	if missing == "" {
		missing = "error"
	}
	return template.New(name).Option("missingkey=" + missing).Funcs(functions).Parse(r.Template)
}

// bounded is a buffer that refuses to grow without end.
type bounded struct {
	strings.Builder
	left int
}

func (b *bounded) Write(text []byte) (int, error) {
	if b.left -= len(text); b.left < 0 {
		return 0, fmt.Errorf("too much output")
	}
	return b.Builder.Write(text)
}
