/** PYInitial of a name as the server sorts by it: `LXM`; `?` for what it cannot spell (protocol §3.2). */
export function initials(name: string): string {
  return spelled(name)
    .map((part) => part.slice(0, 1).toUpperCase())
    .join('')
}

/** PYQuanPin of a name: `linxiaoman`. */
export function fullPinyin(name: string): string {
  return spelled(name).join('')
}

function spelled(name: string): readonly string[] {
  return [...name.replaceAll('\u{FE0F}', '')].flatMap((char) => {
    if (/[a-z0-9]/i.test(char)) return [char]
    if (/\s/.test(char)) return []
    return [SYLLABLES.get(char) ?? '?']
  })
}

/** The characters of the names invented here; made up for nobody else. */
const TABLE =
  '许xu行xing舟zhou林lin小xiao满man周zhou明ming远yuan老lao木mu工gong吴wu大da山shan乔qiao安an城cheng市shi晚wan报bao文wen件jian传chuan输shu助zhu手shou微wei信xin团tuan队dui' +
  '末mo爬pa一yi家jia人ren王wang李li张zhang刘liu陈chen杨yang赵zhao黄huang徐xu孙sun胡hu朱zhu高gao何he郭guo马ma罗luo梁liang宋song郑zheng谢xie韩han唐tang冯feng于yu董dong' +
  '萧xiao程cheng曹cao袁yuan邓deng傅fu沈shen曾zeng彭peng吕lv苏su卢lu蒋jiang蔡cai贾jia丁ding魏wei薛xue叶ye阎yan子zi雨yu思si佳jia天tian晓xiao志zhi海hai雪xue若ruo书shu云yun' +
  '春chun秋qiu冬dong夏xia清qing月yue星xing辰chen阳yang川chuan江jiang河he松song竹zhu梅mei兰lan菊ju莲lian荷he青qing蓝lan白bai墨mo诗shi画hua琴qin棋qi乐le欢huan宁ning静jing' +
  '和he平ping长chang久jiu新xin旧jiu友you同tong学xue事shi邻lin居ju读du会hui跑pa步bu羽yu毛mao球qiu火huo锅guo摄she影ying车che房fang孩hai校xiao班ban组zu群qun项xiang目mu三san二er四si号hao楼lou业ye主zhu日ri谈tan拼pin单dan站zhan生sheng活huo早zao茶cha咖ka啡fei店dian哥ge姐jie师shi傅fu客ke户hu'

const SYLLABLES: ReadonlyMap<string, string> = new Map(
  [...TABLE.matchAll(/(\p{Script=Han})([a-z]+)/gu)].map((match) => [
    match[1] ?? '',
    match[2] ?? '',
  ]),
)
