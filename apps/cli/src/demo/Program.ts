// What the demo's agent writes: one program over two services that know nothing of each other.

export const program = `const cities = ["New York", "Chicago", "Los Angeles"]

// Orders come from an HTTP API, the weather from an MCP server; all six calls go out at once.
const report = await Promise.all(cities.map(async (city) => {
  const [orders, weather] = await Promise.all([
    tools.shop.listOrders({ city }),
    tools.everything.getStructuredContent({ location: city })
  ])
  const units = orders.reduce((sum: number, order) => sum + order.quantity, 0)
  return { city, units, weather: weather.conditions, temperature: weather.temperature }
}))

// What the calls answered goes into the next one without passing through the model.
const [first, second] = report.toSorted((a, b) => b.units - a.units)
console.log(await tools.everything.getSum({ a: first.units, b: second.units }))
return { report, busiest: [first.city, second.city] }`

/** A question in whole words, none of them the tool's name. */
export const question = "who still has to review this pull request"
