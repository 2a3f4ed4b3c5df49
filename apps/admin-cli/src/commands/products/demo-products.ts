import type { NewProduct } from '@jumun/client'
import type { GoodRow } from '../../input-files/row.ts'
import type { KeyOptions } from './product-row.ts'

/** The Korean name and the English name. */
const origins = parseRows(`
  제주/Jeju, 보성/Boseong, 이천/Icheon, 강릉/Gangneung, 전주/Jeonju, 안동/Andong, 여수/Yeosu, 통영/Tongyeong,
  순창/Sunchang, 영광/Yeonggwang, 청양/Cheongyang, 나주/Naju, 상주/Sangju, 공주/Gongju, 가평/Gapyeong,
  금산/Geumsan, 횡성/Hoengseong, 완도/Wando, 하동/Hadong, 평창/Pyeongchang
`)

/** The Korean name, the English name, and the price of 100 g in KRW. */
const things = parseRows(`
  한라봉 차/Hallabong tea/3200, 녹차/green tea/4500, 보리차/barley tea/900, 유자청/citron honey/1800,
  매실청/plum syrup/1700, 오미자청/omija syrup/2600, 고추장/gochujang/1300, 된장/doenjang/1200,
  쌈장/ssamjang/1100, 간장/soy sauce/800, 참기름/sesame oil/5900, 들기름/perilla oil/4900,
  구운 김/roasted seaweed/6500, 미역/wakame/4200, 다시마/kelp/3100, 멸치/anchovies/3900,
  황태/dried pollack/5200, 오징어/dried squid/7400, 배추김치/kimchi/1000, 깍두기/radish kimchi/1100,
  떡볶이 떡/rice cake/700, 현미/brown rice/500, 찹쌀/glutinous rice/600, 검은콩/black beans/1400,
  팥/red beans/1300, 메밀국수/buckwheat noodles/1200, 당면/glass noodles/900, 곶감/dried persimmon/3600,
  건대추/dried jujube/2400, 밤/chestnuts/1500, 잣/pine nuts/11000, 호두/walnuts/3300, 땅콩/peanuts/1600,
  홍삼/red ginseng/19000, 꿀/honey/3000, 도라지/bellflower root/2700, 표고버섯/shiitake/4800,
  고사리/bracken/5500, 고춧가루/chili flakes/3400, 한우 육포/beef jerky/9800
`)

/** The name and the factor of the price. */
const grades = parseRows('/1, 유기농/1.6, 햇/1.2, 프리미엄/1.9, 실속/0.8')
const grams = [100, 200, 300, 500, 1_000]
const packs = [1, 2, 3, 5, 10]

const VARIETY = origins.length * things.length * grades.length * grams.length * packs.length

/** Coprime to VARIETY, so that every combination comes once before any comes twice. */
const STRIDE = 61_803

const PRICE_STEP_KRW = 100
const MIN_STOCK = 10
const MAX_STOCK = 500

/** Makes products of a Korean grocer. They are the same on every run; names repeat, with a number, only after VARIETY products. */
export function* demoProducts(total: number, { keys, keyPrefix }: KeyOptions): Generator<GoodRow<NewProduct>> {
  for (let index = 0; index < total; index++) {
    const key = keys ? { key: `${keyPrefix}demo-${index + 1}` } : {}
    yield { item: { ...demoProduct(index), ...key }, place: `product ${index + 1}` }
  }
}

function demoProduct(index: number) {
  const mixed = (index * STRIDE) % VARIETY
  let rest = mixed
  const pick = <Item>(items: Item[]): Item => {
    const item = items[rest % items.length] as Item
    rest = Math.floor(rest / items.length)
    return item
  }
  const [origin, originEnglish] = pick(origins)
  const [thing, thingEnglish, price] = pick(things)
  const [grade, factor] = pick(grades)
  const weight = pick(grams)
  const pack = pick(packs)
  const size = `${weight}g${pack === 1 ? '' : ` × ${pack}`}`
  const name = [origin, grade, thing, size, `(${originEnglish} ${thingEnglish})`].filter(Boolean).join(' ')
  const round = Math.floor(index / VARIETY) + 1
  return {
    name: round === 1 ? name : `${name} no. ${round}`,
    price: Math.round((Number(price) * Number(factor) * (weight / 100) * pack) / PRICE_STEP_KRW) * PRICE_STEP_KRW,
    stock: MIN_STOCK + (mixed % (MAX_STOCK - MIN_STOCK + 1)),
  }
}

/** Reads rows that are separated by commas, of fields that are separated by slashes. */
function parseRows(text: string): string[][] {
  return text.split(',').map((row) => row.trim().split('/'))
}
