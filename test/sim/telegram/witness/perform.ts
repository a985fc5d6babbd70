import { test } from 'vitest'
import { type Step, scene } from './scene.ts'
import { buttonSteps } from './steps-buttons.ts'
import { chatSteps } from './steps-chats.ts'
import { editSteps } from './steps-edits.ts'
import { fileSteps } from './steps-files.ts'
import { heardSteps } from './steps-heard.ts'
import { hookSteps } from './steps-hook.ts'
import { refusalSteps } from './steps-refusals.ts'
import { textSteps } from './steps-text.ts'
import { topicSteps } from './steps-topics.ts'
import { updateSteps } from './steps-updates.ts'
import type { Witness } from './witness.ts'

const all: readonly Step[] = [
  ...updateSteps,
  ...hookSteps,
  ...heardSteps,
  ...textSteps,
  ...topicSteps,
  ...fileSteps,
  ...editSteps,
  ...buttonSteps,
  ...chatSteps,
  ...refusalSteps,
]

/** Every step by this client, each as a test. `obtain`: once the first one runs. */
export function perform(
  witness: Pick<Witness, 'name' | 'lacks'>,
  obtain: () => Witness,
  unavailable?: string,
): void {
  for (const step of all) {
    const why = unavailable ?? (step.needs && witness.lacks[step.needs])
    const title = `${witness.name} ${step.says}${why ? ` (skipped: ${why})` : ''}`
    test.skipIf(why !== undefined)(title, async () => {
      await step.run(await scene(obtain(), step.options))
    })
  }
}
