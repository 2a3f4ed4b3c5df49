import { p } from '@mikro-orm/core'

/** A foreign key that maps to the plain id. Ids never change and rows are not deleted. The entity declares its own indexes. */
export function foreignKey<Target extends Parameters<typeof p.manyToOne>[0]>(target: Target, column: string) {
  return p.manyToOne(target).mapToPk().fieldName(column).updateRule('no action').deleteRule('no action').index(false)
}
