package astra

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ingest/test/astraproxy"
)

func TestBundle(t *testing.T) {
	d := newDatabase(t)
	b, err := ReadBundle(d.bundle)
	if err != nil {
		t.Fatal(err)
	}
	if b.Keyspace != "shop" || b.Datacenter != "eu-west-1" || b.host != astraproxy.Host {
		t.Errorf("got %q, %q, %q", b.Keyspace, b.Datacenter, b.host)
	}
}

func TestBundlesThatCannotBeUsed(t *testing.T) {
	d := newDatabase(t)
	other := newDatabase(t)
	foreign, err := other.Files(time.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	config := func(text string) func(map[string][]byte) {
		return func(files map[string][]byte) { files["config.json"] = []byte(text) }
	}
	without := func(name string) func(map[string][]byte) {
		return func(files map[string][]byte) { delete(files, name) }
	}
	for name, test := range map[string]struct {
		change func(files map[string][]byte)
		want   string
	}{
		"no config.json":           {without("config.json"), "holds no config.json"},
		"no ca.crt":                {without("ca.crt"), "holds no ca.crt"},
		"no cert":                  {without("cert"), "holds no cert"},
		"no key":                   {without("key"), "holds no key"},
		"config.json is no JSON":   {config(astraproxy.StorePassword), "config.json is not the JSON"},
		"config.json is empty":     {config(""), "config.json is not the JSON"},
		"config.json is of a list": {config(`["` + astraproxy.StorePassword + `"]`), "config.json is not the JSON"},
		"the port is a text":       {config(`{"host": "db.example", "port": "` + astraproxy.StorePassword + `"}`), "config.json is not the JSON"},
		"no host":                  {config(`{"port": 29080}`), "names no host and port"},
		"no port":                  {config(`{"host": "db.example"}`), "names no host and port"},
		"a port that is none":      {config(`{"host": "db.example", "port": 65536}`), "names no host and port"},
		"a URL for a host":         {config(`{"host": "https://db.example/x", "port": 29080}`), "names no host and port"},
		"a huge config.json":       {config(strings.Repeat(" ", maxEntry+1)), "config.json is larger than 256 KiB"},
		"a bomb": {func(files map[string][]byte) { files["ca.crt"] = make([]byte, 8<<20) },
			"ca.crt is larger than 256 KiB"},
		"no PEM authority":   {func(files map[string][]byte) { files["ca.crt"] = []byte("not PEM") }, "ca.crt holds no PEM certificate"},
		"key of another":     {func(files map[string][]byte) { files["key"] = foreign["key"] }, "cert and key are not"},
		"cert that is empty": {func(files map[string][]byte) { files["cert"] = nil }, "cert and key are not"},
		"in a folder": {func(files map[string][]byte) {
			files["secure-connect/config.json"] = files["config.json"]
			delete(files, "config.json")
		}, "holds no config.json"},
	} {
		t.Run(name, func(t *testing.T) {
			d.change(test.change)
			_, err := ReadBundle(d.bundle)
			demand(t, err, d.bundle, test.want)
		})
	}
}

func TestAnExpiredCertificateIsNamed(t *testing.T) {
	d := newDatabase(t)
	end := time.Now().Add(-time.Minute)
	files, err := d.Files(end)
	if err != nil {
		t.Fatal(err)
	}
	d.pack(files)
	_, err = ReadBundle(d.bundle)
	demand(t, err, d.bundle, "expired at "+end.UTC().Format(time.RFC3339), "download it again")
}

func TestFilesThatAreNoBundle(t *testing.T) {
	d := newDatabase(t)
	whole, err := os.ReadFile(d.bundle)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		packed []byte
		want   string
	}{
		"empty":     {nil, "is no zip file"},
		"text":      {[]byte("hello"), "is no zip file"},
		"truncated": {whole[:len(whole)/2], "is no zip file"},
		"huge":      {bytes.Repeat(whole, 1+(1<<20)/len(whole)), "larger than 1 MiB"},
		"damaged":   {bytes.Replace(whole, whole[100:140], make([]byte, 40), 1), ""},
	} {
		t.Run(name, func(t *testing.T) {
			d.write(test.packed)
			_, err := ReadBundle(d.bundle)
			demand(t, err, d.bundle, test.want)
		})
	}
	t.Run("missing", func(t *testing.T) {
		_, err := ReadBundle(filepath.Join(t.TempDir(), "none.zip"))
		demand(t, err, "none.zip: no such file or directory")
	})
	t.Run("a folder", func(t *testing.T) {
		folder := t.TempDir()
		_, err := ReadBundle(folder)
		demand(t, err, folder)
	})
}

// Whatever stands in a file, reading it ends, with a bundle or with an error.
func FuzzBundle(f *testing.F) {
	p, err := astraproxy.Start(astraproxy.Options{})
	if err != nil {
		f.Fatal(err)
	}
	defer p.Close()
	whole, err := p.Bundle()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:len(whole)-1])
	f.Fuzz(func(t *testing.T, packed []byte) {
		if b, err := unpack(packed); err == nil && (b.host == "" || b.port == 0 || b.client.PrivateKey == nil) {
			t.Error("a bundle without what it must have")
		}
	})
}
