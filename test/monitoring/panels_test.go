package monitoring

import "strings"

// What narrows every series to what the reader chose.
const (
	pods   = `namespace=~"$namespace",job=~"$job",pod=~"$pod"`
	topics = pods + `,topic=~"$topic"`
)

// in puts the choice into an expression: POD for workers, TOPIC for topics.
func in(expr string) string {
	return strings.NewReplacer("TOPIC", topics, "POD", pods).Replace(expr)
}

func one(expr, legend string) [][2]string { return [][2]string{{in(expr), legend}} }

// quantiles are the median and the slow end of a histogram, by labels.
func quantiles(histogram, choice, by, legend string) [][2]string {
	var out [][2]string
	for _, q := range []string{"50", "95", "99"} {
		out = append(out, [2]string{in(`histogram_quantile(0.` + q + `, sum by (le` + by + `) (rate(` + histogram + `_bucket{` + choice + `}[$__rate_interval])))`), legend + "p" + q})
	}
	return out
}

func rows() []row {
	return []row{overview(), progress(), deadLetters(), kafka(), cassandra(), memory(), registry(), process()}
}

func overview() row {
	return row{"Overview", []sketch{
		{title: "Workers", help: "Workers that Prometheus scrapes.", stat: true, unit: "short", series: one(`count(ingest_build_info{POD})`, "")},
		{title: "Workers down", help: "Workers that Prometheus knows and that do not answer.", stat: true, unit: "short", bad: 1,
			series: one(`count(up{POD} == 0 and on (namespace, job, instance) max_over_time(ingest_build_info{POD}[1h])) or vector(0)`, "")},
		{title: "Lag", help: "Records between what has its outcome and the end of the log.", stat: true, unit: "short", series: one(`sum(ingest_lag{TOPIC})`, "")},
		{title: "Oldest unacknowledged", help: "For how long the oldest record under way has waited for its outcome.", stat: true, unit: "s", bad: 600,
			series: one(`max(ingest_unacknowledged_age_seconds{TOPIC})`, "")},
		{title: "Partitions held", help: "Partitions that wait for a person, or for time to pass; the reasons are below and in /readyz.", stat: true, unit: "short", bad: 1,
			series: one(`sum(ingest_partitions_held{TOPIC}) or vector(0)`, "")},
		{title: "Topics that do not fit", help: "Topics whose mapping does not fit the live tables.", stat: true, unit: "short", bad: 1,
			series: one(`count(min by (namespace, job, topic) (ingest_mapping_fits{TOPIC}) == 0) or vector(0)`, "")},
		{title: "Records by outcome", help: "Records that reached their final outcome.", unit: "cps",
			series: one(`sum by (outcome) (rate(ingest_records_total{TOPIC}[$__rate_interval]))`, "{{outcome}}")},
		{title: "Freshness", help: "Age of the oldest record of a run, by its own timestamp, when the run had its outcome. High while history is read.", unit: "s",
			series: quantiles("ingest_freshness_seconds", topics, "", "")},
		{title: "Lag by topic", help: "Records between what has its outcome and the end of the log.", unit: "short",
			series: one(`sum by (topic) (ingest_lag{TOPIC})`, "{{topic}}")},
	}}
}

func progress() row {
	return row{"Topics", []sketch{
		{title: "Records by topic", help: "Records that reached their final outcome.", unit: "cps",
			series: one(`sum by (topic) (rate(ingest_records_total{TOPIC}[$__rate_interval]))`, "{{topic}}")},
		{title: "Late runs", help: "Share of runs with an outcome more than a minute after the record's timestamp; the objective allows 1 %.", unit: "percentunit",
			series: one(`1 - sum by (topic) (rate(ingest_freshness_seconds_bucket{TOPIC,le=~"60([.]0)?"}[$__rate_interval])) / sum by (topic) (rate(ingest_freshness_seconds_count{TOPIC}[$__rate_interval]))`, "{{topic}}")},
		{title: "Oldest unacknowledged", help: "For how long the oldest record under way of a topic has waited for its outcome.", unit: "s",
			series: one(`max by (topic) (ingest_unacknowledged_age_seconds{TOPIC})`, "{{topic}}")},
		{title: "Held partitions", help: "Partitions that take no records, and why; docs/guarantees.md has the reasons.", unit: "short",
			series: one(`sum by (topic, reason) (ingest_partitions_held{TOPIC})`, "{{topic}}: {{reason}}")},
		{title: "Retention used", help: "Age of what is read now as a share of retention.ms; at 100 % Kafka deletes records unread.", unit: "percentunit",
			series: one(`max by (topic) (ingest_retention_used_ratio{TOPIC})`, "{{topic}}")},
		{title: "Records lost, deletes at risk", help: "Offsets that were gone before they were read; partitions read later than delete.retention.ms.", unit: "short",
			series: append(one(`sum by (topic) (ingest_records_lost_total{TOPIC})`, "{{topic}}: lost"), one(`sum by (topic) (ingest_partitions_deletes_at_risk{TOPIC}) > 0`, "{{topic}}: at risk")...)},
		{title: "Clock ahead of now", help: "How far write timestamps are ahead of now: a producer dates records in the future.", unit: "s",
			series: one(`max by (topic) (ingest_clock_ahead_seconds{TOPIC})`, "{{topic}}")},
		{title: "Clock lifted", help: "Records whose write timestamp is later than their own, so that order is kept.", unit: "cps",
			series: one(`sum by (topic) (rate(ingest_clock_lifted_total{TOPIC}[$__rate_interval]))`, "{{topic}}")},
		{title: "Plans made anew", help: "Live tables changed, and whether the mapping still fitted.", unit: "short",
			series: append(one(`sum by (topic, result) (increase(ingest_mapping_plans_total{TOPIC}[$__rate_interval]))`, "{{topic}}: {{result}}"),
				one(`min by (topic) (ingest_mapping_fits{TOPIC}) == 0`, "{{topic}}: does not fit")...)},
	}}
}

func deadLetters() row {
	return row{"Dead letters", []sketch{
		{title: "Dead letters by class", help: "Letters that the dead-letter topic has acknowledged; docs/dead-letters.md has the classes.", unit: "cps",
			series: one(`sum by (class) (rate(ingest_dead_letters_total{POD}[$__rate_interval]))`, "{{class}}")},
		{title: "Share of records", help: "Records that cannot be written, of all.", unit: "percentunit",
			series: one(`sum by (topic, outcome) (rate(ingest_records_total{TOPIC,outcome=~"dead_lettered|dropped"}[$__rate_interval])) / on (topic) group_left sum by (topic) (rate(ingest_records_total{TOPIC}[$__rate_interval]))`, "{{topic}}: {{outcome}}")},
		{title: "Refused letters, lost payloads", help: "Letters sent again after a refusal; letters too large for the topic.", unit: "cps",
			series: append(one(`sum(rate(ingest_dead_letters_retries_total{POD}[$__rate_interval]))`, "sent again"), one(`sum(rate(ingest_dead_letters_payload_dropped_total{POD}[$__rate_interval]))`, "payload dropped")...)},
	}}
}

func kafka() row {
	return row{"Kafka", []sketch{
		{title: "Lag by partition, the 20 largest", help: "Records between what has its outcome and the end of the log.", unit: "short",
			series: one(`topk(20, max by (topic, partition) (ingest_lag{TOPIC}))`, "{{topic}}/{{partition}}")},
		{title: "Records polled", help: "Records that polling delivered, those that are read again included.", unit: "cps",
			series: one(`sum by (messaging_consumer_group_name, messaging_destination_name) (rate(messaging_client_consumed_messages_total{POD,messaging_consumer_group_name=~"$group",messaging_destination_name=~"$topic"}[$__rate_interval]))`,
				"{{messaging_consumer_group_name}}: {{messaging_destination_name}}")},
		{title: "Time to outcome of a run", help: "From mapping a run of records of one partition to the outcome of the last.", unit: "s",
			series: quantiles("messaging_process_duration_seconds", pods+`,messaging_destination_name=~"$topic"`, "", "")},
		{title: "Rebalances", help: "Times that partitions were assigned, revoked or lost.", unit: "short",
			series: one(`sum by (change) (increase(ingest_rebalances_total{POD}[$__rate_interval]))`, "{{change}}")},
		{title: "Partitions assigned", help: "Partitions of each worker.", unit: "short",
			series: one(`sum by (pod, instance) (ingest_partitions_assigned{POD})`, "{{pod}} {{instance}}")},
		{title: "Commits", help: "Offset commits by result.", unit: "cps",
			series: one(`sum by (result) (rate(ingest_commits_total{POD}[$__rate_interval]))`, "{{result}}")},
		{title: "Fetch errors", help: "Errors that polling returned.", unit: "cps",
			series: one(`sum(rate(ingest_fetch_errors_total{POD}[$__rate_interval]))`, "errors")},
		{title: "Open transactions", help: "How long a producer's open transaction has kept the records after it from being read.", unit: "s",
			series: one(`max by (topic) (ingest_transaction_open_seconds{TOPIC})`, "{{topic}}")},
	}}
}

func cassandra() row {
	return row{"Cassandra", []sketch{
		{title: "Duration of attempts", help: "One attempt to write, by operation.", unit: "s",
			series: quantiles("db_client_operation_duration_seconds", pods, ", db_operation_name", "{{db_operation_name}} ")},
		{title: "Attempts by result", help: "Attempts to write, by the class of their failure; docs/failure.md has the classes.", unit: "cps",
			series: append(one(`sum by (db_operation_name) (rate(db_client_operation_duration_seconds_count{POD,error_type=""}[$__rate_interval]))`, "{{db_operation_name}}: ok"),
				one(`sum by (db_operation_name, error_type) (rate(db_client_operation_duration_seconds_count{POD,error_type!=""}[$__rate_interval]))`, "{{db_operation_name}}: {{error_type}}")...)},
		{title: "Retries by class", help: "Failed attempts that are made again.", unit: "cps",
			series: one(`sum by (class) (rate(ingest_sink_retries_total{POD}[$__rate_interval]))`, "{{class}}")},
		{title: "Rows of a request", help: "How full batches are.", unit: "short", series: quantiles("ingest_sink_batch_rows", pods, "", "")},
		{title: "Bytes of a request", help: "Estimated size of a request.", unit: "bytes", series: quantiles("ingest_sink_batch_bytes", pods, "", "")},
		{title: "Requests and limits by node", help: "Requests in flight to a node, and how many it may get at once as its latency and refusals have it; all workers together.", unit: "short",
			series: append(one(`sum by (server_address) (ingest_sink_requests{POD})`, "{{server_address}}"), one(`sum by (server_address) (ingest_sink_requests_limit{POD})`, "{{server_address}}: limit")...)},
	}}
}

func memory() row {
	return row{"In flight", []sketch{
		{title: "Records in flight", help: "Records taken from Kafka that have no outcome yet.", unit: "short",
			series: one(`sum by (pod, instance) (ingest_in_flight_records{POD})`, "{{pod}} {{instance}}")},
		{title: "Bytes in flight", help: "Memory that records in flight hold of INGEST_IN_FLIGHT_BYTES.", unit: "bytes",
			series: one(`sum by (pod, instance) (ingest_in_flight_bytes{POD})`, "{{pod}} {{instance}}")},
		{title: "Memory of the process", help: "Resident memory, and what the Go heap holds.", unit: "bytes",
			series: append(one(`process_resident_memory_bytes{POD}`, "{{pod}} {{instance}}"), one(`go_memstats_heap_inuse_bytes{POD}`, "{{pod}} {{instance}} heap")...)},
	}}
}

func registry() row {
	return row{"Schema registry", []sketch{
		{title: "Questions by outcome", help: "Questions to the registry: answered, refused, or without an answer.", unit: "cps",
			series: one(`sum by (outcome) (rate(ingest_schema_registry_requests_total{POD}[$__rate_interval]))`, "{{outcome}}")},
		{title: "Schemas", help: "Schemas, each version of them, that records have been read with.", unit: "short",
			series: one(`sum by (pod, instance) (ingest_schema_registry_schemas{POD})`, "{{pod}} {{instance}}")},
	}}
}

func process() row {
	return row{"Process", []sketch{
		{title: "Not ready", help: "Workers of which a component is not ready; /readyz says why.", unit: "short",
			series: one(`sum by (component) (1 - ingest_ready{POD})`, "{{component}}")},
		{title: "CPU", help: "Processors that each worker uses.", unit: "short",
			series: one(`rate(process_cpu_seconds_total{POD}[$__rate_interval])`, "{{pod}} {{instance}}")},
		{title: "Goroutines", help: "A number that only grows is a leak.", unit: "short", series: one(`go_goroutines{POD}`, "{{pod}} {{instance}}")},
		{title: "Pauses of the garbage collector", help: "The longest of each worker.", unit: "s",
			series: one(`go_gc_duration_seconds{POD,quantile="1"}`, "{{pod}} {{instance}}")},
		{title: "Open files", help: "Sockets too.", unit: "short", series: one(`process_open_fds{POD}`, "{{pod}} {{instance}}")},
		{title: "Up since", help: "When each worker was started.", unit: "dateTimeAsIso", series: one(`process_start_time_seconds{POD} * 1000`, "{{pod}} {{instance}}")},
		{title: "Versions", help: "How many workers run which version.", unit: "short", series: one(`count by (version, go_version) (ingest_build_info{POD})`, "{{version}} ({{go_version}})")},
	}}
}
