package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"reflect"
	"strconv"
	"strings"
	"time"

	v1 "k8s.io/api/core/v1"

	"templates/param"
	"templates/shape"
	"templates/v1alpha1"
)

// typed is one value of a request's data, with the Go type that it is to have. ../../typed-data.ts describes the format.
type typed struct {
	Integer    *string                     `json:"integer"`
	Size       string                      `json:"size"`
	Float      *string                     `json:"float"`
	Text       *string                     `json:"text"`
	Type       string                      `json:"type"`
	Bytes      *string                     `json:"bytes"`
	List       *[]json.RawMessage          `json:"list"`
	Map        *map[string]json.RawMessage `json:"map"`
	Of         string                      `json:"of"`
	Seconds    *int64                      `json:"seconds"`
	Nanos      int64                       `json:"nanoseconds"`
	Offset     *int                        `json:"offset"`
	Zone       string                      `json:"zone"`
	Duration   *string                     `json:"duration"`
	Struct     string                      `json:"struct"`
	Fields     map[string]json.RawMessage  `json:"fields"`
	Pointer    json.RawMessage             `json:"pointer"`
	Nil        string                      `json:"nil"`
	Parameters json.RawMessage             `json:"parameters"`
}

// build makes the Go value that JSON describes.
func build(raw json.RawMessage) (any, error) {
	text := strings.TrimSpace(string(raw))
	switch {
	case text == "" || text == "null":
		return nil, nil
	case text[0] == '"' || text == "true" || text == "false":
		var plain any
		err := json.Unmarshal(raw, &plain)
		return plain, err
	}
	var t typed
	if err := json.Unmarshal(raw, &t); err != nil {
		return nil, err
	}
	switch {
	case t.Integer != nil:
		return integer(*t.Integer, t.Size)
	case t.Float != nil:
		return strconv.ParseFloat(*t.Float, 64)
	case t.Text != nil:
		named, err := typeOf(t.Type)
		if err != nil {
			return nil, err
		}
		return reflect.ValueOf(*t.Text).Convert(named).Interface(), nil
	case t.Bytes != nil:
		return base64.StdEncoding.DecodeString(*t.Bytes)
	case t.List != nil:
		return list(*t.List, t.Of)
	case t.Map != nil:
		return mapping(*t.Map, t.Of)
	case t.Seconds != nil:
		at := time.Unix(*t.Seconds, t.Nanos)
		if t.Offset != nil {
			return at.In(time.FixedZone(t.Zone, *t.Offset)), nil
		}
		zone, err := time.LoadLocation(t.Zone)
		return at.In(zone), err
	case t.Duration != nil:
		nanoseconds, err := strconv.ParseInt(*t.Duration, 10, 64)
		return time.Duration(nanoseconds), err
	case t.Struct != "":
		return structure(t.Struct, t.Fields)
	case len(t.Pointer) > 0:
		target, err := build(t.Pointer)
		if err != nil {
			return nil, err
		}
		pointer := reflect.New(reflect.TypeOf(target))
		pointer.Elem().Set(reflect.ValueOf(target))
		return pointer.Interface(), nil
	case t.Nil != "":
		of, err := typeOf(t.Nil)
		if err != nil {
			return nil, err
		}
		return reflect.Zero(of).Interface(), nil
	case len(t.Parameters) > 0:
		return parameters(t.Parameters)
	}
	return nil, fmt.Errorf("unknown form of data: %s", text)
}

func integer(text, size string) (any, error) {
	value, ok := new(big.Int).SetString(text, 10)
	if !ok {
		return nil, fmt.Errorf("no integer: %s", text)
	}
	if size == "" {
		size = "int"
	}
	of, err := typeOf(size)
	if err != nil {
		return nil, err
	}
	if size[0] == 'u' {
		return reflect.ValueOf(value.Uint64()).Convert(of).Interface(), nil
	}
	return reflect.ValueOf(value.Int64()).Convert(of).Interface(), nil
}

func list(items []json.RawMessage, of string) (any, error) {
	element, err := typeOf(of)
	if err != nil {
		return nil, err
	}
	result := reflect.MakeSlice(reflect.SliceOf(element), len(items), len(items))
	for i, item := range items {
		if err := set(result.Index(i), item); err != nil {
			return nil, err
		}
	}
	return result.Interface(), nil
}

func mapping(entries map[string]json.RawMessage, of string) (any, error) {
	element, err := typeOf(of)
	if err != nil {
		return nil, err
	}
	result := reflect.MakeMap(reflect.MapOf(reflect.TypeFor[string](), element))
	for key, item := range entries {
		value := reflect.New(element).Elem()
		if err := set(value, item); err != nil {
			return nil, err
		}
		result.SetMapIndex(reflect.ValueOf(key), value)
	}
	return result.Interface(), nil
}

func structure(name string, fields map[string]json.RawMessage) (any, error) {
	of, err := typeOf(name)
	if err != nil {
		return nil, err
	}
	result := reflect.New(of).Elem()
	for field, item := range fields {
		target := result.FieldByName(field)
		if !target.IsValid() {
			return nil, fmt.Errorf("%s has no field %s", name, field)
		}
		if err := set(target, item); err != nil {
			return nil, err
		}
	}
	return result.Interface(), nil
}

func set(target reflect.Value, raw json.RawMessage) error {
	value, err := build(raw)
	if err != nil || value == nil {
		return err
	}
	if !reflect.TypeOf(value).AssignableTo(target.Type()) {
		return fmt.Errorf("%T can't be a %s", value, target.Type())
	}
	target.Set(reflect.ValueOf(value))
	return nil
}

var namedTypes = map[string]reflect.Type{
	"":                  reflect.TypeFor[any](),
	"interface {}":      reflect.TypeFor[any](),
	"string":            reflect.TypeFor[string](),
	"bool":              reflect.TypeFor[bool](),
	"int":               reflect.TypeFor[int](),
	"int8":              reflect.TypeFor[int8](),
	"int16":             reflect.TypeFor[int16](),
	"int32":             reflect.TypeFor[int32](),
	"int64":             reflect.TypeFor[int64](),
	"uint":              reflect.TypeFor[uint](),
	"uint8":             reflect.TypeFor[uint8](),
	"uint16":            reflect.TypeFor[uint16](),
	"uint32":            reflect.TypeFor[uint32](),
	"uint64":            reflect.TypeFor[uint64](),
	"float64":           reflect.TypeFor[float64](),
	"time.Time":         reflect.TypeFor[time.Time](),
	"time.Duration":     reflect.TypeFor[time.Duration](),
	"shape.Level":       reflect.TypeFor[shape.Level](),
	"shape.Meta":        reflect.TypeFor[shape.Meta](),
	"shape.Workload":    reflect.TypeFor[shape.Workload](),
	"v1.Secret":         reflect.TypeFor[v1.Secret](),
	"param.Phase":       reflect.TypeFor[param.Phase](),
	"param.KeyPair":     reflect.TypeFor[param.KeyPair](),
	"v1alpha1.Artifact": reflect.TypeFor[v1alpha1.Artifact](),
}

func typeOf(name string) (reflect.Type, error) {
	if named, ok := namedTypes[name]; ok {
		return named, nil
	}
	for prefix, wrap := range map[string]func(reflect.Type) reflect.Type{
		"[]": reflect.SliceOf,
		"*":  reflect.PointerTo,
		"map[string]": func(element reflect.Type) reflect.Type {
			return reflect.MapOf(reflect.TypeFor[string](), element)
		},
	} {
		if inner, ok := strings.CutPrefix(name, prefix); ok {
			element, err := typeOf(inner)
			if err != nil {
				return nil, err
			}
			return wrap(element), nil
		}
	}
	return nil, fmt.Errorf("unknown type %s", name)
}
