package period

const spanish = `
day 0: hoy|ahora|ahora mismo|actualmente
day 1: manana
day 2: pasado manana
day -1: ayer
weekday 1: lunes
weekday 2: martes
weekday 3: miercoles
weekday 4: jueves
weekday 5: viernes
weekday 6: sabado
weekday 0: domingo
month 1: enero
month 2: febrero
month 3: marzo
month 4: abril
month 5: mayo
month 6: junio
month 7: julio
month 8: agosto
month 9: septiembre|setiembre
month 10: octubre
month 11: noviembre
month 12: diciembre
unit day: dia|dias
unit workday: dias laborables|dias habiles|dia laborable
unit week: semana|semanas
unit month: mes|meses
unit quarter: trimestre|trimestres
unit year: ano|anos
unit fiscal: ano fiscal|ejercicio
unit sprint: sprint|sprints
unit weekend: fin de semana
this: este|esta|estos|estas|presente
next: proximo|proxima|proximos|proximas|que viene|siguiente|siguientes|entrante
last: pasado|pasada|pasados|pasadas|ultimo|ultima|ultimos|ultimas
in: en|dentro de|a lo largo de
on: el|los
over: durante
until: hasta|hasta el|hasta la
before: antes de|antes del
after: despues de|despues del|tras
from: a partir de|a partir del|desde|desde el|de|del
since: desde|desde hace
for: para|por
between: entre
to: al|a|hasta|hasta el
and: y|e
of: de|del
the: el|la|los|las
early: principios de|a principios de|comienzos de|inicio de|inicios de
mid: mediados de|a mediados de
end: finales de|a finales de|fin de|final de|el final de|finales|fines de|a fines de|final del|finales del|el final del|fin del
rest: resto de|resto del|el resto de|el resto del|lo que queda de|lo que queda del
weekof: semana del
weekno: semana
first: primero|primera|primeras|primeros|primer
lastn: ultimo|ultima|ultimos|ultimas
half: mitad
christmas: navidad|navidades
newyear: ano nuevo|nochevieja
number 1: un|una|uno
number 2: dos
number 3: tres
number 4: cuatro
number 5: cinco
number 6: seis
number 7: siete
number 8: ocho
number 10: diez
number 12: doce
number 15: quince
number 20: veinte
number 30: treinta
ordinal 1: primer|primero|primera|primeros|primeras
ordinal 2: segundo|segunda
ordinal 3: tercer|tercera|tercero
ordinal 4: cuarto|cuarta
`
