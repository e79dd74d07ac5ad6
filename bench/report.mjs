// Tables from rows.
import { cpus } from 'node:os';

export function describe() {
  const processors = cpus();
  return `${processors.length} × ${processors[0].model.trim()}, Node ${process.version}; cost is the server's processor time`;
}

/** A Markdown table of one workload: medians, and the ratio to the first server, of the same round each. */
export function tableOf(name, workload, rows) {
  const servers = [...new Set(rows.map(({ server }) => server))];
  const unit = workload.unit ?? 'message';
  const lines = servers.map((server) => line(rows, server, servers[0], unit));
  return [
    `\n${name}: ${workload.about}`,
    '',
    `| server | ${unit === 'connection' ? 'octets' : 'µs'} / ${unit} | min–max | ratio | ${unit}s / s | p50 ms | p99 ms | server CPU | client CPU |`,
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...lines,
  ].join('\n');
}

function line(rows, server, base, unit) {
  const own = rows.filter((row) => row.server === server);
  const good = own.filter((row) => row.failure === undefined);
  if (good.length === 0) return `| ${server} | ${own[0].failure.slice(0, 120)} |`;
  const costs = good.map(({ cost }) => cost);
  const ratio = server === base ? '1' : format(ratioTo(rows, server, base));
  const rate = unit === 'connection' ? '' : format(median(good.map((row) => row.rate)));
  const rest = ['p50Ms', 'p99Ms', 'serverCpu', 'clientCpu'].map((field) =>
    format(median(good.map((row) => row[field]))),
  );
  return `| ${[server, format(median(costs)), `${format(Math.min(...costs))}–${format(Math.max(...costs))}`, ratio, rate, ...rest].join(' | ')} |`;
}

/** Median of (cost of the base ÷ cost of the server), both of one round: above 1 the server is cheaper. */
export function ratioTo(rows, server, base) {
  const ratios = rows
    .filter((row) => row.server === server && row.cost > 0)
    .map(({ round, cost }) => rows.find((row) => row.server === base && row.round === round).cost / cost);
  return median(ratios.filter((ratio) => ratio > 0));
}

export function median(numbers) {
  const sorted = numbers.filter((value) => value !== undefined).sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function format(value) {
  if (value === undefined || Number.isNaN(value)) return '';
  return value >= 1000 ? String(Math.round(value)) : value.toPrecision(3);
}
