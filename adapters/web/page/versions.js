/** `present`: views that no other stands for; `nowOf`: the id of the one that does. */
export function versionsOf(list) {
  const latest = new Map(list.map(({ id, edits }) => [edits, id]))
  const roots = new Map(list.map(({ id, edits }) => [id, edits]))
  const nowOf = (id) => latest.get(roots.get(id) ?? id) ?? id
  return { present: list.filter(({ id }) => nowOf(id) === id), nowOf }
}
