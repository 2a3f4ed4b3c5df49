import { EXAMPLE_MEMBER_ID } from '@jumun/contract'
import { chargePoints, createProducts, type Database, listProducts } from '@jumun/domain'

const DEMO_POINTS = 1_000_000
const DEMO_STOCK = 1_000

const names = `
  Hallabong tea · 한라봉차, Jeju green tea · 제주 녹차, Barley tea · 보리차, Citron honey · 유자청,
  Gochujang · 고추장, Doenjang · 된장, Sesame oil · 참기름, Roasted seaweed · 구운 김, Kimchi · 배추김치,
  Rice cake · 떡볶이 떡, Dried persimmon · 곶감, Chestnuts · 공주 밤, Pine nuts · 가평 잣, Red ginseng · 홍삼,
  Buckwheat noodles · 메밀국수, Soy sauce · 간장, Perilla oil · 들기름, Dried pollack · 황태,
  Black beans · 검은콩, Honey · 아카시아꿀
`
  .trim()
  .split(/,\s+/)

/**
 * Charges the demo member's points, and creates demo products if there are no products yet.
 *
 * @returns the id of the first product
 */
export async function seedDemo(em: Database['em']): Promise<number> {
  await chargePoints(em, { memberId: EXAMPLE_MEMBER_ID, amount: DEMO_POINTS, idempotencyKey: 'demo' })
  const { items } = await listProducts(em, { limit: 1 })
  if (items[0]) return items[0].id
  const products = names.map((name, index) => ({ name, price: 3_900 + index * 1_100, stock: DEMO_STOCK }))
  const { ids } = await createProducts(em, products)
  return ids[0] as number
}
