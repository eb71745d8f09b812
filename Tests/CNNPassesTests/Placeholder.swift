// CNNPasses
