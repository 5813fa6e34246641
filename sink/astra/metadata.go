package astra

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strconv"
)

// Bounds of what the metadata service may answer.
const (
	maxAnswer        = 1 << 20 // bytes
	maxContactPoints = 10_000
)

// Metadata is how a database can be reached now. Nodes come and go, so it holds
// for a while only.
type Metadata struct {
	Datacenter    string   // of the contact points
	ContactPoints []string // host ids of nodes, one at least

	proxy string // host:port in front of all nodes
}

// hostID is Cassandra's own form of a node's id. Nothing else may become the server
// name of a handshake, or an attribute of a metric.
var hostID = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// fetch asks the metadata service. Its errors say what the status means.
func (b *Bundle) fetch(ctx context.Context, dialer *net.Dialer) (*Metadata, error) {
	transport := &http.Transport{DialContext: dialer.DialContext, TLSClientConfig: b.tls(), DisableKeepAlives: true}
	client := &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	url := "https://" + b.metadataAddress() + "/metadata"
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("asking the bundle's metadata service: %w", err)
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("asking the bundle's metadata service: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the metadata service %s answers %d%s", b.metadataAddress(), response.StatusCode, meaning(response.StatusCode))
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err != nil {
		return nil, fmt.Errorf("reading from the metadata service %s: %w", b.metadataAddress(), err)
	}
	m, err := parseMetadata(body)
	if err != nil {
		return nil, fmt.Errorf("the metadata service %s: %w", b.metadataAddress(), err)
	}
	if m.Datacenter == "" {
		m.Datacenter = b.Datacenter
	}
	return m, nil
}

// meaning says what a status that is no success asks for.
func meaning(status int) string {
	switch status {
	case http.StatusServiceUnavailable:
		return ": the database is paused, or not up yet; resume it, for example in Astra's console"
	case http.StatusUnauthorized, http.StatusForbidden:
		return ": it does not accept the bundle's certificate; download the bundle again"
	case http.StatusNotFound, http.StatusGone:
		return ": it knows no such database; is it deleted, or the bundle of another one?"
	}
	return ""
}

func parseMetadata(body []byte) (*Metadata, error) {
	if len(body) > maxAnswer {
		return nil, fmt.Errorf("its answer is larger than %d KiB", maxAnswer>>10)
	}
	var answer struct {
		Contact struct {
			Proxy      string   `json:"sni_proxy_address"`
			Datacenter string   `json:"local_dc"`
			Points     []string `json:"contact_points"`
		} `json:"contact_info"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return nil, errors.New("its answer is not the JSON of a metadata service")
	}
	contact := answer.Contact
	host, port, err := net.SplitHostPort(contact.Proxy)
	number, portErr := strconv.ParseUint(port, 10, 16)
	if err != nil || portErr != nil || host == "" || number == 0 {
		return nil, errors.New("its answer names no sni_proxy_address")
	}
	if len(contact.Points) == 0 || len(contact.Points) > maxContactPoints {
		return nil, fmt.Errorf("its answer names %d contact_points", len(contact.Points))
	}
	for _, point := range contact.Points {
		if !hostID.MatchString(point) {
			return nil, errors.New("one of the contact_points in its answer is no host id")
		}
	}
	return &Metadata{Datacenter: contact.Datacenter, ContactPoints: contact.Points, proxy: contact.Proxy}, nil
}
