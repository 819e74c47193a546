// Prints objects of every published kind, filled at random, in protobuf and as JSON. What a reader of protobuf makes of the one must be the
// other. Of many objects it takes few, in which every field of every kind is set once at least.
//
//	go run ./samples > ../../src/sandbox/apiserver/codec/protobuf-samples.jsonl
package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand"
	"os"
	"reflect"
	"sort"
	"strconv"
	"strings"
	"time"

	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/randfill"

	"extract-go-types/scheme"
)

// How many objects of each kind it chooses from, and how probable it is that a pointer, a list or a map in them is empty.
const (
	candidates  = 150
	emptyChance = 0.7
)

func main() {
	if err := printSamples(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

type sample struct {
	line   string
	fields map[string]bool
}

func printSamples() error {
	known, err := scheme.New()
	if err != nil {
		return err
	}
	filler := randfill.NewWithSeed(1).NilChance(emptyChance).NumElements(1, 2).Funcs(specialTypes()...)
	serializer := protobuf.NewSerializer(known, known)
	samples := []sample{}
	missing := map[string]bool{}
	for _, gvk := range sampledKinds(known) {
		for range candidates {
			object, err := known.New(gvk)
			if err != nil {
				return err
			}
			filler.Fill(object)
			object.GetObjectKind().SetGroupVersionKind(gvk)
			fields := map[string]bool{}
			noteFields(reflect.ValueOf(object), fields, missing)
			line, err := encode(serializer, object)
			if err != nil {
				return err
			}
			samples = append(samples, sample{line, fields})
		}
	}
	return printCover(samples, missing)
}

// printCover prints the sample that has most of the missing fields for its size, until none is missing.
func printCover(samples []sample, missing map[string]bool) error {
	for len(missing) > 0 {
		var best sample
		bestWorth := 0.0
		for _, candidate := range samples {
			found := 0
			for name := range candidate.fields {
				if missing[name] {
					found += 1
				}
			}
			if worth := float64(found) / float64(len(candidate.line)); worth > bestWorth {
				best, bestWorth = candidate, worth
			}
		}
		if bestWorth == 0 {
			return fmt.Errorf("no object has these fields, try more of them: %v", missing)
		}
		fmt.Println(best.line)
		for name := range best.fields {
			delete(missing, name)
		}
	}
	return nil
}

func sampledKinds(known *runtime.Scheme) []schema.GroupVersionKind {
	kinds := []schema.GroupVersionKind{{Version: "v1", Kind: "DeleteOptions"}}
	for gvk, goType := range known.AllKnownTypes() {
		isOfGroup := !strings.Contains(goType.PkgPath(), "apis/meta/")
		if gvk.Version != runtime.APIVersionInternal && isOfGroup && !strings.HasSuffix(gvk.Kind, "List") && !strings.HasSuffix(gvk.Kind, "Options") {
			kinds = append(kinds, gvk)
		}
	}
	sort.Slice(kinds, func(i, j int) bool { return kinds[i].String() < kinds[j].String() })
	return kinds
}

// noteFields notes the fields of protobuf messages that are set in a value, and all that could be.
func noteFields(value reflect.Value, set, all map[string]bool) {
	switch value.Kind() {
	case reflect.Pointer:
		if !value.IsNil() {
			noteFields(value.Elem(), set, all)
		}
	case reflect.Slice:
		for index := range value.Len() {
			noteFields(value.Index(index), set, all)
		}
	case reflect.Map:
		for entries := value.MapRange(); entries.Next(); {
			noteFields(entries.Value(), set, all)
		}
	case reflect.Struct:
		for index := range value.NumField() {
			field := value.Type().Field(index)
			if !field.IsExported() || field.Tag.Get("protobuf") == "" || field.Tag.Get("json") == "-" {
				continue
			}
			name := value.Type().PkgPath() + "." + value.Type().Name() + "." + field.Name
			all[name] = true
			if !value.Field(index).IsZero() {
				set[name] = true
			}
			noteFields(value.Field(index), set, all)
		}
	}
}

// encode gives an object's line. What protobuf does not carry is gone from the object that the JSON shows.
func encode(serializer *protobuf.Serializer, object runtime.Object) (string, error) {
	var encoded strings.Builder
	if err := serializer.Encode(object, &encoded); err != nil {
		return "", err
	}
	read := reflect.New(reflect.TypeOf(object).Elem()).Interface().(runtime.Object)
	if _, _, err := serializer.Decode([]byte(encoded.String()), nil, read); err != nil {
		return "", err
	}
	read.GetObjectKind().SetGroupVersionKind(object.GetObjectKind().GroupVersionKind())
	line, err := json.Marshal(map[string]any{
		"protobuf": base64.StdEncoding.EncodeToString([]byte(encoded.String())),
		"json":     read,
	})
	return string(line), err
}

// specialTypes fills what cannot be filled field by field.
func specialTypes() []any {
	depth := 0
	return []any{
		// Schemas hold schemas: two levels show everything.
		func(schema *apiextensions.JSONSchemaProps, c randfill.Continue) {
			if depth += 1; depth <= 2 {
				c.FillNoCustom(schema)
			} else {
				schema.Type = "object"
			}
			depth -= 1
		},
		func(text *string, c randfill.Continue) { *text = strconv.FormatInt(int64(c.Intn(100000)), 36) },
		func(number *int64, c randfill.Continue) { *number = int64(c.Intn(1<<40)) - 1<<39 },
		func(number *int32, c randfill.Continue) { *number = int32(c.Uint32()) },
		func(number *float64, c randfill.Continue) { *number = float64(c.Intn(1000)) / 8 },
		func(moment *meta.Time, c randfill.Continue) { *moment = meta.Unix(int64(c.Intn(1<<31)), 0) },
		func(moment *meta.MicroTime, c randfill.Continue) {
			*moment = meta.NewMicroTime(time.Unix(int64(c.Intn(1<<31)), int64(c.Intn(1000000))*1000))
		},
		func(quantity *resource.Quantity, c randfill.Continue) {
			*quantity = *resource.NewMilliQuantity(int64(c.Intn(100000)), resource.DecimalSI)
		},
		func(value *intstr.IntOrString, c randfill.Continue) {
			if *value = intstr.FromInt32(int32(c.Uint32())); c.Bool() {
				*value = intstr.FromString("some")
			}
		},
		func(fields *meta.FieldsV1, c randfill.Continue) { fields.Raw = raw(c.Rand) },
		func(value *runtime.RawExtension, c randfill.Continue) { value.Raw = raw(c.Rand) },
		func(value *apiextensions.JSON, c randfill.Continue) { value.Raw = raw(c.Rand) },
		func(value *apiextensions.JSONSchemaPropsOrBool, c randfill.Continue) {
			if value.Allows = c.Bool(); value.Allows {
				value.Schema = &apiextensions.JSONSchemaProps{Type: "string"}
			}
		},
		func(value *apiextensions.JSONSchemaPropsOrArray, c randfill.Continue) {
			if value.Schema = (&apiextensions.JSONSchemaProps{Type: "string"}); c.Bool() {
				value.Schema, value.JSONSchemas = nil, []apiextensions.JSONSchemaProps{{Type: "integer"}, {}}
			}
		},
		func(value *apiextensions.JSONSchemaPropsOrStringArray, c randfill.Continue) {
			if value.Property = []string{"a", "b"}; c.Bool() {
				value.Property, value.Schema = nil, &apiextensions.JSONSchemaProps{Type: "string"}
			}
		},
		func(options *meta.TypeMeta, c randfill.Continue) {},
	}
}

func raw(random *rand.Rand) []byte {
	return fmt.Appendf(nil, `{"f:%d":[true,"x"]}`, random.Intn(100))
}
