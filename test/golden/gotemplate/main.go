// Records what Go's text/template with sprig 2.22.0 makes of the templates in templates.json.
//
// Run in this folder, with Go 1.26:
//
//	TZ=UTC go run . > ../../../src/gotemplate/testdata/golden.json
package main

import (
	"encoding/json"
	"os"
	"sort"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig"
)

type workload struct {
	Name       string
	Pods       []string
	Containers [][]string
	Volumes    map[string]map[string]string
}

type phase struct {
	Output map[string]interface{}
}

type Meta struct {
	Name   string            `json:"name,omitempty"`
	Labels map[string]string `json:"labels,omitempty"`
}

type secret struct {
	Meta `json:"metadata"`
	Data map[string][]byte `json:"data,omitempty"`
	Type secretType        `json:"type,omitempty"`
}

type secretType string

type params struct {
	StatefulSet *workload
	Deployment  *workload
	Options     map[string]string
	Phases      map[string]*phase
	Secrets     map[string]secret
	Object      map[string]interface{}
	Count       int32
	Nothing     interface{}
}

// The same data is built in golden.test.ts.
func data(name string) interface{} {
	switch name {
	case "structs":
		return params{
			Deployment: &workload{
				Name:       "web",
				Pods:       []string{"web-0", "web-1"},
				Containers: [][]string{{"a", "b"}, {"c"}},
				Volumes:    map[string]map[string]string{"web-0": {"data": "/data"}},
			},
			Options: map[string]string{"a": "x", "b-c": "y"},
			Phases:  map[string]*phase{"p1": {Output: map[string]interface{}{"k": "v", "null": nil}}},
			Secrets: map[string]secret{"s": {Meta: Meta{Name: "n"}, Data: map[string][]byte{"user": []byte("ab")}, Type: "Opaque"}},
			Object:  map[string]interface{}{"spec": map[string]interface{}{"replicas": int64(3)}},
			Count:   7,
		}
	case "nil":
		return nil
	default:
		return map[string]interface{}{
			"s": "text", "empty": "", "i": int64(5), "big": int64(9007199254740993), "f": 1.5, "f2": 1500000.0, "t": true, "no": false,
			"null": nil, "list": []interface{}{"a", int64(1), nil, 2.5}, "nums": []interface{}{int64(3), int64(1), int64(2)},
			"m": map[string]interface{}{"k": "v", "n": int64(1), "deep": map[string]interface{}{"x": "y"}}, "e": map[string]interface{}{},
			"l0": []interface{}{}, "uni": "héllo wörld", "html": "<a href=\"x\">'&'</a>", "multi": "a\nb\nc",
		}
	}
}

type result struct {
	Area     string  `json:"area"`
	Template string  `json:"template"`
	Output   *string `json:"output,omitempty"`
	Error    *string `json:"error,omitempty"`
}

func render(area, text string) result {
	r := result{Area: area, Template: text}
	fail := func(err error) result {
		s := err.Error()
		r.Error = &s
		return r
	}
	missing := "error"
	if strings.HasPrefix(area, "missingkey-") {
		missing = strings.TrimPrefix(area, "missingkey-")
	}
	t, err := template.New("config").Option("missingkey=" + missing).Funcs(sprig.TxtFuncMap()).Parse(text)
	if err != nil {
		return fail(err)
	}
	var out strings.Builder
	if err := t.Execute(&out, data(area)); err != nil {
		return fail(err)
	}
	s := out.String()
	r.Output = &s
	return r
}

func main() {
	raw, err := os.ReadFile("templates.json")
	if err != nil {
		panic(err)
	}
	areas := map[string][]string{}
	if err := json.Unmarshal(raw, &areas); err != nil {
		panic(err)
	}
	names := []string{}
	for name := range areas {
		names = append(names, name)
	}
	sort.Strings(names)
	results := []result{}
	for _, name := range names {
		for _, text := range areas[name] {
			results = append(results, render(name, text))
		}
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	if err := encoder.Encode(results); err != nil {
		panic(err)
	}
}
