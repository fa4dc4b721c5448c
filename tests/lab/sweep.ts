import { sweep } from './leftovers.ts';
import { sweepMemoryFolders } from './memory-folder.ts';

// Run by tests/run.sh at its end, also when it is interrupted: removes what dead test processes left behind.
await sweep();
sweepMemoryFolders();
