import type { Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { readFileSync } from 'node:fs';
import { SmtpMetrics } from 'nestjs-smtp';
import { CompiledExamples, readGuidePage } from '../support/guide-examples.js';
import { LogBook, running } from '../support/nest-smtp.js';

const PAGE = 'observability.md';

describe('Observability', () => {
  const examples = CompiledExamples.of(PAGE);
  afterAll(() => examples.remove());

  test('every block is part of an example, and the compiler has no objection', () => {
    expect(readGuidePage(PAGE).stray).toEqual([]);
    expect(examples.problems).toEqual([]);
  });

  test('the page names every metric, and the application exports them', async () => {
    const { AppModule } = await examples.run<{ AppModule: Type }>('observability');
    const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
    const log = new LogBook();
    const app = module.createNestApplication({ logger: log });
    await app.listen(0, '127.0.0.1');
    const client = await running(app).connect();
    const response = await fetch(`${await app.getUrl()}/metrics`);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(await response.text()).toContain('smtp_connections_open{listener="default"} 1\n');
    expect(log.find(/connected to 'default'/)).toBeDefined();

    const page = readFileSync(new URL(`../../docs/guide/${PAGE}`, import.meta.url), 'utf8');
    const rows = [...page.matchAll(/^\| `(smtp_\w+)` +\| (\w+)/gm)].map(([, name, type]) => ({ name, type }));
    const metrics = app.get(SmtpMetrics).collect();
    expect(rows).toEqual(metrics.map(({ name, type }) => ({ name, type })));
    client.destroy();
    await app.close();
  });
});
