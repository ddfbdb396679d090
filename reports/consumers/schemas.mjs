// Validates the JSON formats of every record against schemas, with Ajv. SARIF has a published one; for the others it is
// written here from what their documents ask for and their consumers read.
//
//   node schemas.mjs FOLDER      FOLDER/RECORD/FORMAT/FILE
import fs from "node:fs";
import {createRequire} from "node:module";
import path from "node:path";
import Ajv from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

const folder = process.argv[2];
const load = createRequire(import.meta.url);

const number = {type: "number"};
const positive = {type: "number", exclusiveMinimum: 0};
const count = {type: "integer", minimum: 0};
const text = {type: "string"};
const name = {type: "string", minLength: 1};

/// An object that has all of `required` and perhaps `optional`, and nothing else.
const exactly = (required, optional = {}) => ({
  type: "object", properties: {...required, ...optional}, required: Object.keys(required), additionalProperties: false,
});

// github.com/sharkdp/hyperfine, src/benchmark/benchmark_result.rs
const hyperfine = exactly({
  results: {
    type: "array",
    items: exactly({
      command: name, mean: positive, stddev: {type: ["number", "null"], minimum: 0}, median: positive,
      user: {...number, minimum: 0}, system: {...number, minimum: 0}, min: positive, max: positive,
      times: {type: "array", items: positive, minItems: 1},
      memory_usage_byte: {type: "array", items: {...number, minimum: 0}},
      exit_codes: {type: "array", items: {const: 0}}, parameters: {type: "object", additionalProperties: text},
    }),
  },
});

// Google Benchmark, docs/tools.md and src/json_reporter.cc; counters stand beside the fields of a row.
const benchmark = exactly({
  context: {
    type: "object", required: ["date", "host_name", "executable", "num_cpus", "caches", "library_build_type"],
    properties: {caches: {type: "array"}, num_cpus: count, json_schema_version: {const: 1}, date: text, host_name: text},
  },
  benchmarks: {
    type: "array",
    items: {
      type: "object",
      required: ["name", "run_name", "run_type", "repetitions", "repetition_index", "threads", "iterations", "real_time",
                 "cpu_time", "time_unit"],
      properties: {
        name, run_name: name, run_type: {const: "iteration"}, time_unit: {enum: ["ns", "us", "ms", "s"]},
        family_index: count, per_family_instance_index: count, repetitions: count, repetition_index: count,
        threads: count, iterations: {...count, minimum: 1}, real_time: positive, cpu_time: positive,
      },
      additionalProperties: number,
    },
  },
});

// bencher.dev/docs/reference/bencher-metric-format
const bencher = {
  type: "object",
  propertyNames: name,
  additionalProperties: {
    type: "object", minProperties: 1, propertyNames: name,
    additionalProperties: exactly({value: number}, {lower_value: number, upper_value: number}),
  },
};

// github.com/benchmark-action/github-action-benchmark, README, "customSmallerIsBetter"
const custom = {type: "array", items: exactly({name, unit: text, value: number}, {range: text, extra: text})};

// The schema of the standard, as the tool of its editors carries it.
const multitool = path.dirname(load.resolve("@microsoft/sarif-multitool-linux/package.json"));
const sarif = JSON.parse(fs.readFileSync(path.join(multitool, "sarif-2.1.0.json"), "utf8"));

const schemas = {
  "sarif": sarif, "sarif-all": sarif, "hyperfine": hyperfine, "benchmark": benchmark, "bencher": bencher,
  "smaller": custom, "bigger": custom,
};

const ajv = new Ajv({allowUnionTypes: true, strict: "log", logger: false});
addFormats(ajv);
let read = 0;
for (const [format, schema] of Object.entries(schemas)) {
  const validate = ajv.compile(schema);
  for (const record of fs.readdirSync(folder)) {
    const place = path.join(folder, record, format);
    for (const file of fs.readdirSync(place)) {
      if (!validate(JSON.parse(fs.readFileSync(path.join(place, file), "utf8")))) {
        const [{instancePath, message}] = validate.errors;
        console.error(`${path.join(place, file)}: ${instancePath} ${message}`);
        process.exit(1);
      }
      ++read;
    }
  }
  ajv.removeSchema(schema);
}
if (read === 0) {
  console.error(`${folder}: nothing to validate`);
  process.exit(1);
}
console.log(`schemas: ${read} files of ${Object.keys(schemas).length} formats are valid`);
