import { describeCases } from '../support/describe-cases.ts';
import { postgresFixture, postgresUrl } from '../support/postgres/fixture.ts';

await describeCases('postgres', postgresFixture(postgresUrl), {});
