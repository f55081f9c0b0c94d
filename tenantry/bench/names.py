"""Names of Denmark, Norway and the Netherlands, for the people of the benchmarks."""

_FIRST = """
Aage Aase Adele Agnes Aksel Alfred Alida Anders Andreas Anika Anita Anke Anna Anne-Marie Anneke Annika Anouk Anton
Arend Arjen Arne Arnfinn Asbjørn Aske Astrid Atle Audun Axel Barbro Bart Bas Bastiaan Beate Benedikte Bente Bernt
Birgit Birgitte Birthe Bjarne Bjørn Bo Bodil Bram Brigitte Camilla Carsten Cecilie Charlotte Christel Christian
Claus Coen Connie Cornelis Daan Dag Dagny Daphne Diederik Dirk Dorthe Ebba Eivind Egon Eline Elisabeth Ellen Else
Emil Emma Erik Esben Espen Eva Even Femke Ferdinand Finn Fleur Floor Floris Frank Frederik Freja Frida Frode Geert
Gerda Gerrit Gitte Greta Grethe Gro Gunhild Gunnar Gustav Guro Haakon Hanne Hanneke Hans Harald Håvard Hedda Heidi
Heleen Helga Helle Hendrik Henriette Henrik Hilde Ida Inge Inger Ingrid Ingvild Irene Iris Isak Ivar Jacob Jan
Janneke Jannik Jasper Jens Jeroen Jesper Jette Joachim Johan Johanne Jonas Joost Jørgen Jørn Joris Jytte Kåre Karen
Karin Karl Karsten Kasper Katrine Kees Kim Kirsten Kjell Kjersti Klaas Knud Koen Kristian Kristin Lars Lasse Leif
Lene Lieke Lies Linnéa Lotte Louise Lykke Maaike Mads Magnhild Magnus Maja Malene Maren Margrethe Marianne Marieke
Marit Mark Marthe Martijn Mathilde Merete Mette Mikkel Morten Niels Nina Noor Ole Øystein Per Pieter Rasmus
Sander Sofie Thijs Unni Willem Åse
"""

_LAST = """
Aagaard, Aalders, Aas, Abrahamsen, Ågård, Ahlers, Ali, Amundsen, Andersen, Andreassen, Arnesen, Åsen,
Bakke, Bakker, Bang, Bech, Beck, Berg, Berge, Berntsen, Bertelsen, Bjerke, Bjørnstad, Blom, Boer, Boersma, Bosch,
Brand, Brandt, Bråten, Brekke, Brinkman, Brouwer, Bruun, Bryne, Carlsen, Christensen, Christiansen, Clausen, Dahl,
Dalsgaard, Dam, Danielsen, de Boer, de Bruijn, de Graaf, de Groot, de Haan, de Jong, de Jonge, de Koning, de Lange,
de Leeuw, de Ruiter, de Vries, de Wit, Dekker, Dijkstra, Dyhr, Eide, Eliassen, Ellingsen, Enger, Eriksen,
Evensen, Falk, Fjeld, Foss, Fossum, Frandsen, Frederiksen, Friis, Gerritsen, Gjerde, Gregersen, Groen, Grønlund,
Gundersen, Haagensen, Hagen, Halvorsen, Hansen, Haugen, Hauge, Hedegaard, Heggen, Helland, Hendriks, Henriksen,
Hermansen, Hoekstra, Hoff, Holm, Holst, Hovland, Huisman, Iversen, Jacobs, Jacobsen, Jansen, Janssen, Jensen,
Jeppesen, Jespersen, Johannessen, Johansen, Johnsen, Jørgensen, Juhl, Karlsen, Kjær, Klausen, Knudsen, Koch, Kok,
Kolstad, Koster, Kramer, Kristensen, Kristiansen, Kristoffersen, Kruse, Kuipers, Lange, Larsen, Lassen, Laursen,
Lie, Lien, Lind, Lorentzen, Lund, Lunde, Lykkegaard, Madsen, Martinsen, Mathiesen, Meijer, Mikkelsen, Moe, Moen,
Mogensen, Mortensen, Mulder, Myhre, Næss, Nguyen, Nielsen, Nilsen, Nissen, Nygaard, Ødegård, Olsen, Olesen,
Østergaard, Paulsen, Pedersen, Peeters, Petersen, Poulsen, Prins, Rasmussen, Ravn, Riis, Rønning, Ruud, Sæther,
Sanders, Schmidt, Schouten, Simonsen, Skov, Smit, Smits, Solberg, Sørensen, Steen, Strand, Svendsen, Thomsen,
Toft, Tveit, van Beek, van Dam, van den Berg, van der Linden, van der Meer, van Dijk, van Leeuwen, van Vliet,
Veenstra, Vermeulen, Vestergaard, Vos, Wiersma, Willems, Winther, Yilmaz, Zijlstra, Ørsted
"""

FIRST = tuple(_FIRST.split())
LAST = tuple(name.strip() for name in _LAST.split(","))
