// Prints objects of every published kind, filled at random, in protobuf and as JSON: each line has the kind, the base64 of the one and the
// other. What a reader of protobuf makes of the first must be the second.
//
//	go run ./samples 3 0.4 > ../../src/sandbox/apiserver/codec/protobuf-samples.jsonl
//
// The arguments are how many objects each kind has, and how probable it is that a pointer, a list or a map is empty.
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

func main() {
	if err := print(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func print() error {
	count, err := strconv.Atoi(os.Args[1])
	if err != nil {
		return err
	}
	empty, err := strconv.ParseFloat(os.Args[2], 64)
	if err != nil {
		return err
	}
	known, err := scheme.New()
	if err != nil {
		return err
	}
	filler := randfill.NewWithSeed(1).NilChance(empty).NumElements(1, 2).MaxDepth(18).Funcs(specialTypes()...)
	serializer := protobuf.NewSerializer(known, known)
	kinds := []schema.GroupVersionKind{}
	for gvk, goType := range known.AllKnownTypes() {
		isOfGroup := !strings.Contains(goType.PkgPath(), "apis/meta/")
		if gvk.Version != runtime.APIVersionInternal && isOfGroup && !strings.HasSuffix(gvk.Kind, "List") && !strings.HasSuffix(gvk.Kind, "Options") {
			kinds = append(kinds, gvk)
		}
	}
	kinds = append(kinds, schema.GroupVersionKind{Version: "v1", Kind: "DeleteOptions"})
	sort.Slice(kinds, func(i, j int) bool { return kinds[i].String() < kinds[j].String() })
	for _, gvk := range kinds {
		for range count {
			object, err := known.New(gvk)
			if err != nil {
				return err
			}
			filler.Fill(object)
			object.GetObjectKind().SetGroupVersionKind(gvk)
			if err := printObject(serializer, object); err != nil {
				return err
			}
		}
	}
	return nil
}

func printObject(serializer *protobuf.Serializer, object runtime.Object) error {
	var encoded strings.Builder
	if err := serializer.Encode(object, &encoded); err != nil {
		return err
	}
	// What protobuf does not carry is gone from the object that the JSON shows.
	read := reflect.New(reflect.TypeOf(object).Elem()).Interface().(runtime.Object)
	if _, _, err := serializer.Decode([]byte(encoded.String()), nil, read); err != nil {
		return err
	}
	read.GetObjectKind().SetGroupVersionKind(object.GetObjectKind().GroupVersionKind())
	line, err := json.Marshal(map[string]any{
		"protobuf": base64.StdEncoding.EncodeToString([]byte(encoded.String())),
		"json":     read,
	})
	if err != nil {
		return err
	}
	fmt.Println(string(line))
	return nil
}

// specialTypes fills what cannot be filled field by field.
func specialTypes() []any {
	return []any{
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
