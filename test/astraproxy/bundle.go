package astraproxy

import (
	"archive/zip"
	"bytes"
	"fmt"
	"maps"
	"slices"
	"time"
)

// StorePassword stands in every bundle, as those of key stores do in real ones. It
// must be seen nowhere.
const StorePassword = "st0re-Passw0rd-never-to-be-seen"

// Files gives what the bundle holds, by name, with a new client certificate that is
// valid until a time.
func (p *Proxy) Files(until time.Time) (map[string][]byte, error) {
	cert, key, err := p.authority.issue("client", until)
	if err != nil {
		return nil, err
	}
	config := fmt.Sprintf(`{"host": %q, "port": %d, "cql_port": 1, "keyspace": %q, "localDC": %q, "keyStorePassword": %q}`,
		Host, p.metadataPort, p.options.Keyspace, p.options.Datacenter, StorePassword)
	return map[string][]byte{
		"ca.crt": p.authority.pem, "cert": cert, "key": key, "config.json": []byte(config),
		"cqlshrc": []byte("[connection]\n"), // real bundles hold more than a driver reads
	}, nil
}

// Bundle gives a zip file that leads here.
func (p *Proxy) Bundle() ([]byte, error) {
	files, err := p.Files(time.Now().Add(time.Hour))
	if err != nil {
		return nil, err
	}
	return Pack(files)
}

// Pack makes a zip file.
func Pack(files map[string][]byte) ([]byte, error) {
	var packed bytes.Buffer
	archive := zip.NewWriter(&packed)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		entry, err := archive.Create(name)
		if err != nil {
			return nil, err
		}
		if _, err := entry.Write(files[name]); err != nil {
			return nil, err
		}
	}
	err := archive.Close()
	return packed.Bytes(), err
}
