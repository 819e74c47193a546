package main

import (
	"bytes"
	"sort"
	"strconv"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	kubernetesjson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"k8s.io/cli-runtime/pkg/printers"
	"k8s.io/client-go/util/jsonpath"
	"sigs.k8s.io/yaml"
)

type yamlInput struct {
	Text   string `json:"text"`
	Strict bool   `json:"strict"`
}

func readYAML(input yamlInput) any {
	read := yaml.YAMLToJSON
	if input.Strict {
		read = yaml.YAMLToJSONStrict
	}
	// Of two equal keys, one as a string and one as a number, either may win.
	return distinct(6, func() any {
		converted, err := read([]byte(input.Text))
		if err != nil {
			return refused(err)
		}
		return map[string]any{"json": string(converted)}
	})
}

type jsonInput struct {
	JSON string `json:"json"`
}

func writeYAML(input jsonInput) any {
	return withoutPanic(func() any {
		written, err := yaml.JSONToYAML([]byte(input.JSON))
		if err != nil {
			return refused(err)
		}
		return map[string]any{"yaml": string(written)}
	})
}

type queryInput struct {
	Template         string `json:"template"`
	JSON             string `json:"json"`
	AllowMissingKeys bool   `json:"allowMissingKeys"`
}

func jsonPath(input queryInput) any {
	return distinct(24, func() any {
		path := jsonpath.New("out").AllowMissingKeys(input.AllowMissingKeys)
		if err := path.Parse(input.Template); err != nil {
			return map[string]string{"parseError": err.Error()}
		}
		var output bytes.Buffer
		if err := path.Execute(&output, decoded(input.JSON)); err != nil {
			return refused(err)
		}
		return map[string]string{"output": output.String()}
	})
}

func goTemplate(input queryInput) any {
	printer, err := printers.NewGoTemplatePrinter([]byte(input.Template))
	if err != nil {
		return map[string]string{"parseError": err.Error()}
	}
	printer.AllowMissingKeys(input.AllowMissingKeys)
	object, isMap := decoded(input.JSON).(map[string]any)
	if !isMap {
		return refusal{Error: "not an object"}
	}
	var output bytes.Buffer
	if err := printer.PrintObj(&unstructured.Unstructured{Object: object}, &output); err != nil {
		return map[string]string{"error": err.Error(), "output": output.String()}
	}
	return map[string]string{"output": output.String()}
}

type mergeInput struct {
	Original string `json:"original"`
	Patch    string `json:"patch"`
}

func strategicMerge(input mergeInput) any {
	return distinct(48, func() any {
		merged, err := strategicpatch.StrategicMergePatch([]byte(input.Original), []byte(input.Patch), core.PodSpec{})
		if err != nil {
			return refused(err)
		}
		return map[string]any{"json": string(merged)}
	})
}

// decoded reads JSON as Kubernetes' clients do: whole numbers are int64.
func decoded(text string) any {
	var value any
	fail(kubernetesjson.Unmarshal([]byte(text), &value))
	return value
}

func text(number int64) string { return strconv.FormatInt(number, 10) }

func sortedKeys(values map[string]any) []string {
	keys := make([]string, 0, len(values))
	for key := range values {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}
