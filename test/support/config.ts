import { describe, type Loaded, loadConfig as load, type Sources } from '../../config/load.ts'
import { kinds } from '../../src/main.ts'

/** The configuration with all connectors there are, as the command line loads it. */
export const loadConfig = (sources: Sources): Loaded => load(sources, kinds)
export { describe, kinds }
