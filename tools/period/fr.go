package period

const french = `
day 0: aujourd hui|actuellement|maintenant|en ce moment
day 1: demain
day 2: apres demain
weekday 1: lundi
weekday 2: mardi
weekday 3: mercredi
weekday 4: jeudi
weekday 5: vendredi
weekday 6: samedi
weekday 0: dimanche
month 1: janvier
month 2: fevrier
weakmonth 3: mars
month 4: avril
weakmonth 5: mai
month 6: juin
month 7: juillet
month 8: aout
month 9: septembre
month 10: octobre
month 11: novembre
month 12: decembre
unit day: jour|jours
unit workday: jours ouvres|jour ouvre|jours ouvrables
unit week: semaine|semaines
unit month: mois
unit quarter: trimestre|trimestres
unit year: annee|annees
unit fiscal: exercice|annee fiscale
unit sprint: sprint|sprints
unit weekend: week end|weekend
this: ce|cet|cette|ces
next: prochain|prochaine|prochains|prochaines|a venir|qui vient|suivant|suivante
last: dernier|derniere|derniers|dernieres|passe|passee
filler: ci|courant
in: en|dans|au|au mois de|au cours de|au cours des
within: d ici
on: le
over: pendant|durant|sur
until: jusqu a|jusqu au|jusqu en|jusque|d ici a|d ici
before: avant
after: apres
from: a partir de|a partir du|a partir d|a compter de|a compter du|des|de|du
since: depuis
for: pour
between: entre
to: au|a|jusqu au
and: et
of: de|du|des|d
the: le|la|les|l
early: debut|debut de|au debut de|au debut du|le debut du|debut du
mid: mi|milieu de|au milieu de|milieu du
end: fin|fin de|la fin de|la fin du|fin du|a la fin de|la fin de l|fin de l
rest: reste de|reste du|le reste de|le reste du
weekof: semaine du
weekno: semaine
first: premier|premiere|premiers|premieres
lastn: dernier|derniere|derniers|dernieres
half: moitie
christmas: noel
newyear: nouvel an|jour de l an
fifteen: quinzaine
number 1: un|une
number 2: deux
number 3: trois
number 4: quatre
number 5: cinq
number 6: six
number 7: sept
number 8: huit
number 10: dix
number 12: douze
number 15: quinze
number 20: vingt
number 30: trente
ordinal 1: premier|premiere|premiers|premieres
ordinal 2: deuxieme|second|seconde
ordinal 3: troisieme
ordinal 4: quatrieme
`
