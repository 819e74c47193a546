// Extracts how Go reads and writes the JSON and the protobuf of Kubernetes' built-in kinds, by reflection over the published types: the
// JSON names of the fields, their Go types (which decoding errors name), which fields are left out when they are empty, and their
// protobuf numbers. Only facts are kept.
//
//	go run . ../../src/sandbox/apiserver/codec
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"sort"
	"strconv"
	"strings"

	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"extract-go-types/scheme"
)

var (
	types = map[string]any{}
	// The fields of the types that are protobuf messages: number → JSON name, "+T" for an embedded T, and "[]" for the items of a list.
	messages    = map[string]map[int]string{}
	unmarshaler = reflect.TypeOf((*json.Unmarshaler)(nil)).Elem()
	marshaler   = reflect.TypeOf((*runtime.ProtobufMarshaller)(nil)).Elem()
)

func main() {
	scheme, err := scheme.New()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	kinds := map[string]string{}
	for gvk, goType := range scheme.AllKnownTypes() {
		name := nameOf(goType)
		isOption := strings.HasSuffix(gvk.Kind, "Options")
		if gvk.Version == runtime.APIVersionInternal || isOption || strings.HasPrefix(name, "meta/") || strings.HasSuffix(gvk.Kind, "List") {
			continue
		}
		kinds[gvk.Group+"/"+gvk.Version+"/"+gvk.Kind] = name
		describe(goType)
	}
	describe(reflect.TypeOf(meta.DeleteOptions{}))
	kindsText, _ := json.Marshal(kinds)
	write("published-go-types.json", fmt.Sprintf("{\"kinds\":%s,\n\"types\":%s}\n", kindsText, lines(types)))
	write("published-protobuf-fields.json", lines(messages)+"\n")
}

func write(file, text string) {
	if err := os.WriteFile(filepath.Join(os.Args[1], file), []byte(text), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// lines is a JSON object with a line for each of its members, in order.
func lines[T any](table map[string]T) string {
	members := make([]string, 0, len(table))
	for name, described := range table {
		text, _ := json.Marshal(described)
		members = append(members, fmt.Sprintf("%q:%s", name, text))
	}
	sort.Strings(members)
	return "{\n" + strings.Join(members, ",\n") + "\n}"
}

// nameOf gives a type the last two elements of its package's path and its own name, as in core/v1.Pod.
func nameOf(goType reflect.Type) string {
	if goType.PkgPath() == "" {
		return goType.Name()
	}
	path := strings.Split(goType.PkgPath(), "/")
	if len(path) > 1 {
		path = path[len(path)-2:]
	}
	return strings.Join(path, "/") + "." + goType.Name()
}

// describe returns a type as text; what is named stands in the table of types.
func describe(goType reflect.Type) string {
	if goType.Name() != "" && goType.PkgPath() != "" {
		name := nameOf(goType)
		if _, known := types[name]; !known {
			types[name] = nil
			types[name] = underlying(goType)
			numberFields(goType, name)
		}
		return name
	}
	return structure(goType)
}

func underlying(goType reflect.Type) any {
	// What decodes itself has a rule of its own, known by the name of the type.
	if reflect.PointerTo(goType).Implements(unmarshaler) {
		return "custom"
	}
	if goType.Kind() == reflect.Struct {
		fields := map[string]string{}
		collect(goType, fields)
		return fields
	}
	return structure(goType)
}

func structure(goType reflect.Type) string {
	switch goType.Kind() {
	case reflect.Pointer:
		return "*" + describe(goType.Elem())
	case reflect.Slice:
		if goType.Elem().Kind() == reflect.Uint8 {
			return "bytes"
		}
		return "[]" + describe(goType.Elem())
	case reflect.Map:
		return "map[" + describe(goType.Key()) + "]" + describe(goType.Elem())
	default:
		return goType.Kind().String()
	}
}

// collect adds a struct's fields. A name ends in "?" when the field is left out while it is empty, in "??" when also a zero struct is.
func collect(goType reflect.Type, fields map[string]string) {
	for index := range goType.NumField() {
		field := goType.Field(index)
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "-" || !field.IsExported() {
			continue
		}
		if name == "" && field.Anonymous {
			collect(field.Type, fields)
			if field.Tag.Get("protobuf") != "" {
				describe(field.Type)
			}
			continue
		}
		if name == "" {
			name = field.Name
		}
		switch {
		case strings.Contains(options, "omitzero"):
			name += "??"
		case strings.Contains(options, "omitempty"):
			name += "?"
		}
		fields[name] = describe(field.Type)
	}
}

// numberFields notes what the numbers of a protobuf message stand for, where the type is one that does not encode itself.
func numberFields(goType reflect.Type, name string) {
	if !reflect.PointerTo(goType).Implements(marshaler) || types[name] == "custom" {
		return
	}
	numbers := map[int]string{}
	messages[name] = numbers
	if goType.Kind() != reflect.Struct {
		numbers[1] = "[]"
		return
	}
	for index := range goType.NumField() {
		field := goType.Field(index)
		options := strings.Split(field.Tag.Get("protobuf"), ",")
		if len(options) < 2 {
			continue
		}
		number, err := strconv.Atoi(options[1])
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s.%s has no protobuf number: %s\n", name, field.Name, err)
			os.Exit(1)
		}
		jsonName, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case field.Anonymous && jsonName == "":
			numbers[number] = "+" + describe(field.Type)
		case jsonName != "-":
			numbers[number] = jsonName
		}
	}
}
