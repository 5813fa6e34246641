package monitoring

// What this project uses of Grafana's dashboard model.
type (
	board struct {
		UID           string   `json:"uid"`
		Title         string   `json:"title"`
		Description   string   `json:"description"`
		Tags          []string `json:"tags"`
		SchemaVersion int      `json:"schemaVersion"`
		Editable      bool     `json:"editable"`
		GraphTooltip  int      `json:"graphTooltip"` // 1: one crosshair for all
		Refresh       string   `json:"refresh"`
		Timezone      string   `json:"timezone"`
		Time          span     `json:"time"`
		Templating    struct {
			List []variable `json:"list"`
		} `json:"templating"`
		Panels []panel `json:"panels"`
	}
	span struct {
		From string `json:"from"`
		To   string `json:"to"`
	}
	source struct {
		Type string `json:"type"`
		UID  string `json:"uid"`
	}
	variable struct {
		Name       string  `json:"name"`
		Label      string  `json:"label"`
		Type       string  `json:"type"`
		Datasource *source `json:"datasource,omitempty"`
		Query      any     `json:"query"`
		Definition string  `json:"definition,omitempty"`
		Regex      string  `json:"regex,omitempty"`
		Refresh    int     `json:"refresh,omitempty"` // 2: when the time range changes
		Sort       int     `json:"sort,omitempty"`
		Multi      bool    `json:"multi"`
		IncludeAll bool    `json:"includeAll"`
		AllValue   string  `json:"allValue,omitempty"`
		Current    any     `json:"current"`
	}
	query struct {
		Query string `json:"query"`
		RefID string `json:"refId"`
	}
	panel struct {
		ID          int            `json:"id"`
		Title       string         `json:"title"`
		Type        string         `json:"type"`
		Description string         `json:"description,omitempty"`
		GridPos     place          `json:"gridPos"`
		Datasource  *source        `json:"datasource,omitempty"`
		Targets     []target       `json:"targets,omitempty"`
		FieldConfig *fields        `json:"fieldConfig,omitempty"`
		Options     map[string]any `json:"options,omitempty"`
		Collapsed   *bool          `json:"collapsed,omitempty"`
	}
	place struct {
		H int `json:"h"`
		W int `json:"w"`
		X int `json:"x"`
		Y int `json:"y"`
	}
	target struct {
		Datasource   source `json:"datasource"`
		Expr         string `json:"expr"`
		LegendFormat string `json:"legendFormat"`
		RefID        string `json:"refId"`
		Instant      bool   `json:"instant,omitempty"`
	}
	fields struct {
		Defaults  map[string]any `json:"defaults"`
		Overrides []any          `json:"overrides"`
	}
)

// prometheus is the datasource that the reader chose.
func prometheus() source { return source{"prometheus", "${datasource}"} }

// dashboard lays the rows of panels out, three to a line and numbers six.
func dashboard() board {
	d := board{
		UID: "ingest", Title: "ingest", Description: "Avro records from Kafka into Cassandra: workers, topics, servers. The alerts and what to do are in docs/runbook.md.",
		Tags: []string{"ingest", "kafka", "cassandra"}, SchemaVersion: 39, Editable: true, GraphTooltip: 1, Refresh: "30s", Timezone: "browser",
		Time: span{"now-3h", "now"},
	}
	d.Templating.List = variables()
	y, id := 0, 0
	for _, r := range rows() {
		id++
		collapsed := false
		d.Panels = append(d.Panels, panel{ID: id, Title: r.title, Type: "row", GridPos: place{1, 24, 0, y}, Collapsed: &collapsed})
		y++
		x, height := 0, 0
		for _, p := range r.panels {
			id++
			width, tall := p.size()
			if x+width > 24 {
				x, y, height = 0, y+height, 0
			}
			d.Panels = append(d.Panels, p.panel(id, place{tall, width, x, y}))
			x, height = x+width, max(height, tall)
		}
		y += height
	}
	return d
}

// row is a heading with its panels.
type row struct {
	title  string
	panels []sketch
}

// sketch is a panel as the table has it.
type sketch struct {
	title, help string
	unit        string // Grafana's name of it
	stat        bool   // one number rather than a graph
	bad         float64
	series      [][2]string // expression and legend
}

func (s sketch) size() (width, height int) {
	if s.stat {
		return 4, 4
	}
	return 8, 8
}

func (s sketch) panel(id int, at place) panel {
	from := prometheus()
	p := panel{ID: id, Title: s.title, Description: s.help, GridPos: at, Datasource: &from, Type: "timeseries"}
	for i, one := range s.series {
		p.Targets = append(p.Targets, target{Datasource: from, Expr: one[0], LegendFormat: one[1], RefID: string(rune('A' + i)), Instant: s.stat})
	}
	p.FieldConfig = &fields{Defaults: map[string]any{"unit": s.unit, "min": 0}, Overrides: []any{}}
	if !s.stat {
		p.FieldConfig.Defaults["custom"] = map[string]any{"fillOpacity": 10, "showPoints": "never", "spanNulls": false}
		p.Options = map[string]any{"legend": map[string]any{"displayMode": "list", "placement": "bottom", "showLegend": true},
			"tooltip": map[string]any{"mode": "multi", "sort": "desc"}}
		return p
	}
	p.Type = "stat"
	p.FieldConfig.Defaults["noValue"] = "–"
	steps := []any{map[string]any{"color": "green", "value": nil}}
	if s.bad > 0 {
		steps = append(steps, map[string]any{"color": "red", "value": s.bad})
	}
	p.FieldConfig.Defaults["thresholds"] = map[string]any{"mode": "absolute", "steps": steps}
	p.Options = map[string]any{"colorMode": "value", "graphMode": "none",
		"reduceOptions": map[string]any{"calcs": []any{"lastNotNull"}, "fields": "", "values": false}}
	return p
}

// variables narrow the dashboard down. Workers carry no group in their own metrics,
// so the group chooses jobs; a job that has consumed nothing yet has no group.
func variables() []variable {
	const jobs = `query_result(group by (job) (messaging_client_consumed_messages_total{namespace=~"$namespace",messaging_consumer_group_name=~"$group"}) ` +
		`or group by (job) (ingest_build_info{namespace=~"$namespace"} unless on (job) messaging_client_consumed_messages_total))`
	job := choice("job", "Job", jobs)
	job.Regex, job.AllValue = `/job="([^"]+)"/`, "" // all of this group, and no others
	return []variable{
		{Name: "datasource", Label: "Datasource", Type: "datasource", Query: "prometheus", Current: map[string]any{}},
		choice("namespace", "Namespace", `label_values(ingest_build_info, namespace)`),
		choice("group", "Consumer group", `label_values(messaging_client_consumed_messages_total{namespace=~"$namespace"}, messaging_consumer_group_name)`),
		job,
		choice("pod", "Pod", `label_values(ingest_build_info{namespace=~"$namespace",job=~"$job"}, pod)`),
		choice("topic", "Topic", `label_values(ingest_lag{namespace=~"$namespace",job=~"$job"}, topic)`),
	}
}

func choice(name, label, text string) variable {
	from := prometheus()
	return variable{Name: name, Label: label, Type: "query", Datasource: &from, Query: query{text, name}, Definition: text, Refresh: 2, Sort: 1,
		Multi: true, IncludeAll: true, AllValue: ".*", Current: map[string]any{"selected": true, "text": []any{"All"}, "value": []any{"$__all"}}}
}
