/** Holds the lease of an owner until it is killed: `lease-child.ts URL NAME OWNER`. */
import { nats } from '../../../src/stores/nats/index.ts';

const [servers = '', name = '', owner = ''] = process.argv.slice(2);
const stores = nats({ servers, name, syncAlways: true });
await stores.open();
await stores.events.enlist(owner);
console.log('enlisted');
setInterval(() => undefined, 60_000);
